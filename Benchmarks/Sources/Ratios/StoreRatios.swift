// SPDX-License-Identifier: Apache-2.0

import CBaselines
import Doorward
import DoorwardPostgreSQL
import DoorwardRedis
import DoorwardSQLite
import DoorwardTesting
import Foundation
import Synchronization
import Workload

/// One engine: our store on it, and its own C library beside.
struct Engine {
    let name: String
    /// Its C library.
    let library: String
    let store: any AuthStore
    let check: () -> Int32
    let touch: () -> Int32
    let commit: () -> Int32
    /// Bars of a check with one and with sixteen in flight, and of a touch.
    let bars: (one: Double, sixteen: Double?, touch: Double?)

    static func sqlite(in folder: String) async throws -> Engine {
        guard let base = sqlite_open(folder + "/base.db") else { throw Failed() }
        return Engine(
            name: "SQLite", library: "C API", store: try await SQLiteStore(at: folder + "/ours.db"),
            check: { sqlite_check(base) },
            touch: { sqlite_touch(base) }, commit: { sqlite_commit(base) }, bars: (0.75, nil, 0.8))
    }

    static func postgreSQL(_ server: PostgreSQLServer) async throws -> Engine {
        guard let base = postgresql_open(server.url) else { throw Failed() }
        return Engine(
            name: "PostgreSQL", library: "libpq", store: try await PostgreSQLStore(server.url),
            check: { postgresql_check(base) },
            touch: { postgresql_touch(base) }, commit: { postgresql_commit(base) }, bars: (0.75, 2.2, nil))
    }

    static func redis(_ server: RedisServer) async throws -> Engine {
        guard let base = redis_open("127.0.0.1", Int32(server.port)) else { throw Failed() }
        return Engine(
            name: "Redis", library: "hiredis", store: try await RedisStore(server.url), check: { redis_check(base) },
            touch: { redis_touch(base) }, commit: { redis_commit(base) }, bars: (0.7, 4, nil))
    }

    func run() async throws -> [Ratio] {
        let shelf = try await SessionShelf(on: store, sessions: Int(BASELINE_SESSIONS))
        func base(_ body: @escaping () -> Int32) -> (Int) async throws -> Void {
            { count in for _ in 0..<count where body() != 0 { throw Failed() } }
        }
        var ratios: [Ratio] = []
        for (width, bar) in [(1, bars.one), (16, bars.sixteen)] {
            try await ratios.append(
                Comparison(
                    name: "Session check, \(name), \(width) in flight: \(library)", bar: bar, operations: 2048,
                    base: base(check)
                ) { count in try await inParallel(width) { _ in try await shelf.check(count / width) } }.run())
        }
        for (what, records, theirs) in [("Touch", 1, touch), ("Commit of 4 records", 4, commit)] {
            for width in [1, 16] {
                let lanes = try await Lane.make(width, records: records, on: store)
                try await ratios.append(
                    Comparison(
                        name: "\(what), \(name), \(width) in flight: \(library)",
                        bar: width == 1 && records == 1 ? bars.touch : nil, operations: 256, base: base(theirs)
                    ) { count in try await inParallel(width) { try await lanes[$0].replace(count / width) } }.run())
            }
        }
        return ratios
    }

    /// How much those gain that wait together.
    func runGroups() async throws -> [Ratio] {
        var ratios: [Ratio] = []
        for (width, bar) in [(16, 4.0), (128, 5.5)] {
            let lanes = try await Lane.make(width, records: 1, on: store)
            try await ratios.append(
                Comparison(name: "Commits, \(name), \(width) waiting: one at a time", bar: bar, operations: 1024) {
                    count in
                    // The same records, so the same pages.
                    for number in 0..<count { try await lanes[number % width].replace(1) }
                } ours: { count in
                    try await inParallel(width) { try await lanes[$0].replace(count / width) }
                }.run())
        }
        return ratios
    }
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
                throw Failed()
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

    /// So many commits, one after the other.
    func replace(_ count: Int) async throws {
        let random = SystemRandomSource()
        for _ in 0..<count {
            let (old, new) = (version.withLock { $0 }, CommitID(from: random))
            let value = random.bytes(16) + [UInt8](repeating: 1, count: 184)
            let outcome = try await store.commit(
                new, keys.map { .replace($0, at: old, value: value, expiresAt: nil) }, at: SystemWallClock().now())
            guard outcome == .committed else { throw Failed() }
            version.withLock { $0 = new }
        }
    }
}
