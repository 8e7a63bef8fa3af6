// SPDX-License-Identifier: Apache-2.0

import CBaselines
import Doorward
import DoorwardPostgreSQL
import DoorwardRedis
import DoorwardSQLite
import DoorwardTesting
import Foundation
import Synchronization

/// One engine: our store on it, and its own C library beside.
struct Engine {
    let name: String
    let store: any AuthStore
    let check: () -> Int32
    let touch: () -> Int32
    let commit: () -> Int32
    /// Bars of a check with one and with sixteen in flight, and of a touch.
    let bars: (one: Double, sixteen: Double?, touch: Double?)

    struct Failed: Error {}

    static func sqlite(in folder: String) async throws -> Engine {
        guard let base = sqlite_open(folder + "/base.db") else { throw Failed() }
        return Engine(
            name: "SQLite", store: try await SQLiteStore(at: folder + "/ours.db"), check: { sqlite_check(base) },
            touch: { sqlite_touch(base) }, commit: { sqlite_commit(base) }, bars: (0.75, nil, 0.8))
    }

    static func postgreSQL(_ server: PostgreSQLServer) async throws -> Engine {
        guard let base = postgresql_open(server.url) else { throw Failed() }
        return Engine(
            name: "PostgreSQL", store: try await PostgreSQLStore(server.url), check: { postgresql_check(base) },
            touch: { postgresql_touch(base) }, commit: { postgresql_commit(base) }, bars: (0.75, 2.2, nil))
    }

    static func redis(_ server: RedisServer) async throws -> Engine {
        guard let base = redis_open("127.0.0.1", Int32(server.port)) else { throw Failed() }
        return Engine(
            name: "Redis", store: try await RedisStore(server.url), check: { redis_check(base) },
            touch: { redis_touch(base) }, commit: { redis_commit(base) }, bars: (0.7, 4, nil))
    }

    func run() async throws {
        let environment = try await AuthEnvironment.open(
            store: store, keys: .ring(KeyRing()), clock: StoppedClock())
        let sessions = SessionService(environment)
        let tokens = try await issue(with: sessions)
        let picked = Counter()

        func base(_ body: @escaping () -> Int32) -> (Int) async throws -> Void {
            { count in for _ in 0..<count where body() != 0 { throw Failed() } }
        }
        for (width, bar) in [(1, bars.one), (16, bars.sixteen)] {
            try await Comparison(
                name: "\(name): session check, \(width) in flight", bar: bar, operations: 2048, base: base(check)
            ) { count in
                try await inFlight(width, count) { _ in
                    // All over the table, as the baseline does.
                    let number = picked.value.wrappingAdd(48_271, ordering: .relaxed).newValue
                    guard let token = SessionToken(String(decoding: tokens[number % tokens.count], as: UTF8.self)),
                        try await sessions.check(token) != nil
                    else { throw Failed() }
                }
            }.run()
        }
        for (width, bar) in [(1, bars.touch), (16, nil)] {
            let lanes = try await Lane.make(width, records: 1, on: store)
            try await Comparison(
                name: "\(name): touch, \(width) in flight", bar: bar, operations: 256, base: base(touch)
            ) { count in try await inFlight(width, count) { try await lanes[$0].replace() } }.run()
        }
        for width in [1, 16] {
            let lanes = try await Lane.make(width, records: 4, on: store)
            try await Comparison(
                name: "\(name): commit of 4 records, \(width) in flight", bar: nil, operations: 256, base: base(commit)
            ) { count in try await inFlight(width, count) { try await lanes[$0].replace() } }.run()
        }
    }

    /// As many sessions as the baseline has, in accounts of as many.
    private func issue(with sessions: SessionService) async throws -> [[UInt8]] {
        let each = Int(BASELINE_SESSIONS_OF_ONE)
        return try await withThrowingTaskGroup(of: [[UInt8]].self) { group in
            for lane in 0..<50 {
                group.addTask {
                    var tokens: [[UInt8]] = []
                    for number in stride(from: lane, to: Int(BASELINE_SESSIONS) / each, by: 50) {
                        guard let account = AccountID(bytes: Array("account \(number)".utf8)) else { throw Failed() }
                        for _ in 0..<each {
                            guard let signedIn = try await sessions.issue(to: account, methods: [.password]) else {
                                throw Failed()
                            }
                            tokens.append(Array(signedIn.token.revealed().utf8))
                        }
                    }
                    return tokens
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// How much those gain that wait together.
    func runGroups() async throws {
        for (width, bar) in [(16, 4.0), (128, 5.5)] {
            let lanes = try await Lane.make(width, records: 1, on: store)
            try await Comparison(
                name: "\(name): commits, \(width) waiting, against ours alone", bar: bar, operations: 1024
            ) { count in
                for number in 0..<count { try await lanes[number % width].replace() }
            } ours: { count in
                try await inFlight(width, count) { try await lanes[$0].replace() }
            }.run()
        }
    }
}

/// Sessions stay as old as they are: a check that writes last-seen is measured by itself.
private struct StoppedClock: WallClock {
    private let time = SystemWallClock().now()

    func now() -> Timestamp { time }
}

/// Records that one task replaces again and again.
private final class Lane: Sendable {
    private let store: any AuthStore
    private let keys: [RecordKey]
    private let version: Mutex<CommitID>

    private init(_ store: any AuthStore, _ keys: [RecordKey], _ version: CommitID) {
        self.store = store
        self.keys = keys
        self.version = Mutex(version)
    }

    static func make(_ count: Int, records: Int, on store: any AuthStore) async throws -> [Lane] {
        let random = SystemRandomSource()
        var lanes: [Lane] = []
        for _ in 0..<count {
            guard let partition = Partition(bytes: random.bytes(16)), let id = RecordID(random.bytes(32)) else {
                throw Engine.Failed()
            }
            let keys = (0..<records).map { RecordKey(RecordKind(code: UInt16(2000 + $0)), in: partition, id: id) }
            let first = CommitID(from: random)
            let value = [UInt8](repeating: 1, count: 200)
            _ = try await store.commit(
                first, keys.map { .create($0, value: value, expiresAt: nil) }, at: SystemWallClock().now())
            lanes.append(Lane(store, keys, first))
        }
        return lanes
    }

    func replace() async throws {
        let random = SystemRandomSource()
        let (old, new) = (version.withLock { $0 }, CommitID(from: random))
        let value = random.bytes(16) + [UInt8](repeating: 1, count: 184)
        let outcome = try await store.commit(
            new, keys.map { .replace($0, at: old, value: value, expiresAt: nil) }, at: SystemWallClock().now())
        guard outcome == .committed else { throw Engine.Failed() }
        version.withLock { $0 = new }
    }
}

private final class Counter: Sendable {
    let value = Atomic(0)
}
