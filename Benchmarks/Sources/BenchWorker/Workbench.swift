// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardSQLite
import Foundation
import Synchronization

/// What can be measured, each prepared once and through the public interface.
final class Workbench {
    /// Does it that many times on each thread.
    typealias Operation = (Int) async throws -> Void

    struct Failed: Error {}

    private var hashers: [String: PasswordHasher] = [:]
    private var shelves: [String: SessionShelf] = [:]

    func operation(_ name: String, threads: Int, _ arguments: [String]) async throws -> Operation? {
        switch name {
        case "argon2id": return try hashing(arguments, threads)
        case "totp_verify":
            guard let totp = TOTP(secret: .generate()) else { throw Failed() }
            let now = Timestamp(seconds: 1_700_000_000)
            return onThreads(threads) { count in
                for _ in 0..<count {
                    if case .accepted = totp.verify("000000", after: nil, at: now) { throw Failed() }
                }
            }
        case "random32":
            let random = SystemRandomSource()
            return onThreads(threads) { count in
                for _ in 0..<count where random.bytes(32).count != 32 { throw Failed() }
            }
        case "session_mem_get":
            let shelf = try await shelf("memory", sessions: 1_000_000) { InMemoryStore() }
            return { count in try await shelf.check(count, threads) }
        case "session_sqlite_get", "session_sqlite_touch":
            let folder = ProcessInfo.processInfo.environment["PEERS_TMP"] ?? FileManager.default.temporaryDirectory.path
            let touches = name.hasSuffix("touch")
            let shelf = try await shelf(name, sessions: 100_000) {
                try await SQLiteStore(at: folder + "/doorward-\(name)-\(getpid()).db")
            }
            return { count in try await touches ? shelf.touch(count) : shelf.check(count, threads) }
        default: return nil
        }
    }

    /// One by one on one thread; on several, with a queue that is never empty.
    private func hashing(_ arguments: [String], _ threads: Int) throws -> Operation? {
        let numbers = arguments.compactMap { Int($0) }
        guard numbers.count >= 3 else { return nil }
        let key = "\(numbers) \(threads)"
        let hasher =
            try hashers[key]
            ?? PasswordHasher(
                parameters: Argon2Parameters(memoryKiB: numbers[0], passes: numbers[1], parallelism: numbers[2]),
                pool: HashingPool(
                    .init(threads: threads, memoryBudget: 1 << 30, queueLength: 100_000, deadline: .seconds(600))))
        hashers[key] = hasher
        let password = Password("correct horse battery staple")
        return { count in
            guard threads > 1 else {
                for _ in 0..<count { _ = try await hasher.hash(password) }
                return
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<(count * threads) { group.addTask { _ = try await hasher.hash(password) } }
                try await group.waitForAll()
            }
        }
    }

    private func shelf(_ name: String, sessions: Int, _ open: () async throws -> any AuthStore) async throws
        -> SessionShelf
    {
        if let shelf = shelves[name] { return shelf }
        let shelf = try await SessionShelf(on: open(), sessions: sessions)
        shelves[name] = shelf
        return shelf
    }

    private func onThreads(_ threads: Int, _ body: @escaping @Sendable (Int) throws -> Void) -> Operation {
        { count in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<threads { group.addTask { try body(count) } }
                try await group.waitForAll()
            }
        }
    }
}
