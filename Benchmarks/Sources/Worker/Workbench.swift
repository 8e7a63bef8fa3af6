// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardPostgreSQL
import DoorwardRedis
import DoorwardSQLite
import Foundation
import Workload

/// What can be measured, each prepared once and through the public interface.
final class Workbench {
    /// Does it that many times on each thread.
    typealias Operation = (Int) async throws -> Void

    private let engine: Argon2Engine
    private var hashing: [String: HashLine] = [:]
    private var shelves: [String: SessionShelf] = [:]
    private let counters = InMemoryStore()

    init(engine: Argon2Engine) { self.engine = engine }

    func operation(_ name: String, threads: Int, _ arguments: [String]) async throws -> Operation? {
        switch name {
        case "argon2id":
            let line = try hashLine(arguments.compactMap { Int($0) }, threads)
            return { count in try await line.hash(count) }
        case "totp_verify":
            guard let totp = TOTP(secret: .generate()) else { throw Failed() }
            let now = Timestamp(seconds: 1_700_000_000)
            return onThreads(threads) { count, _ in
                for _ in 0..<count {
                    if case .accepted = totp.verify("000000", after: nil, at: now) { throw Failed() }
                }
            }
        case "random32":
            let random = SystemRandomSource()
            return onThreads(threads) { count, _ in
                for _ in 0..<count where random.bytes(32).count != 32 { throw Failed() }
            }
        case "lockout_mem_incr": return try counting(threads)
        case "session_mem_get": return try await sessions(name, 1_000_000, threads) { InMemoryStore() }
        case "session_sqlite_get", "session_sqlite_touch":
            let folder = variable("PEERS_TMP") ?? FileManager.default.temporaryDirectory.path
            let path = folder + "/doorward-\(name)-\(getpid()).db"
            return try await sessions(name, 100_000, threads) { try await SQLiteStore(at: path) }
        case "session_pg_get", "session_pg_touch":
            guard let port = variable("PEERS_PG_PORT") else { return nil }
            let url = "postgresql://postgres@127.0.0.1:\(port)/postgres"
            return try await sessions(name, 100_000, threads) { try await PostgreSQLStore(url) }
        case "session_redis_get":
            guard let port = variable("PEERS_REDIS_PORT") else { return nil }
            return try await sessions(name, 100_000, threads) { try await RedisStore("redis://127.0.0.1:\(port)") }
        default: return nil
        }
    }

    private func variable(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

    private func hashLine(_ numbers: [Int], _ threads: Int) throws -> HashLine {
        guard numbers.count >= 3 else { throw Failed() }
        let key = "\(numbers) \(threads)"
        let line =
            try hashing[key]
            ?? HashLine(
                Argon2Parameters(memoryKiB: numbers[0], passes: numbers[1], parallelism: numbers[2]),
                threads: threads, engine: engine)
        hashing[key] = line
        return line
    }

    /// Additions to many counters.
    private func counting(_ threads: Int) throws -> Operation {
        let keys = try (0..<65_536).map { number in
            guard let partition = Partition(bytes: withUnsafeBytes(of: (0, number.bigEndian)) { Array($0) }),
                let id = RecordID([])
            else { throw Failed() }
            return CounterKey(RecordKind(code: 2000), in: partition, id: id)
        }
        let (counters, now) = (counters, SystemWallClock().now())
        return onThreads(threads) { count, thread in
            for number in 0..<count {
                _ = try await counters.increment(
                    keys[(number &* 48_271 &+ thread) % keys.count], by: 1, ceiling: nil,
                    expiresAt: now.advanced(by: .seconds(3600)), at: now)
            }
        }
    }

    private func sessions(_ name: String, _ count: Int, _ threads: Int, _ open: () async throws -> any AuthStore)
        async throws -> Operation?
    {
        let shelf: SessionShelf
        if let known = shelves[name] {
            shelf = known
        } else {
            shelf = try await SessionShelf(on: open(), sessions: count)
            shelves[name] = shelf
        }
        if name.hasSuffix("touch") { return threads == 1 ? { count in try await shelf.touch(count) } : nil }
        return onThreads(threads) { count, _ in try await shelf.check(count) }
    }

    private func onThreads(
        _ threads: Int, _ body: @escaping @Sendable (_ count: Int, _ thread: Int) async throws -> Void
    )
        -> Operation
    {
        { count in try await inParallel(threads) { try await body(count, $0) } }
    }
}
