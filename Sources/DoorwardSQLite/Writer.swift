// SPDX-License-Identifier: Apache-2.0

#if SQLite
import DoorwardCore
import GRDB
import Glibc
import Synchronization

/// The one connection that writes, and the one thread that uses it.
final class Writer: Sendable {
    private let queue: RequestQueue

    /// Opens, migrates, and makes sure of the durability. Blocks.
    init(path: String, busyTimeout: Duration, clock: any WallClock, synchronous: SQLiteStore.Synchronous)
        throws(StoreError)
    {
        let patience = Patience(busyTimeout)
        let database = try Self.open(path, patience: patience, synchronous: synchronous)
        queue = RequestQueue(
            name: "doorward.sqlite", threads: 1, batchLimit: 64, patience: busyTimeout * 2
        ) {
            let groups = GroupCommit(database: database, clock: clock, patience: patience)
            return { groups.answer($0) }
        }
    }

    func answer(_ request: StoreRequest) async throws(StoreError) -> StoreReply { try await queue.answer(request) }

    private static func open(_ path: String, patience: Patience, synchronous: SQLiteStore.Synchronous)
        throws(StoreError) -> DatabaseQueue
    {
        do {
            var configuration = Configuration()
            configuration.journalMode = .wal
            configuration.label = "doorward.sqlite"
            // SQLite's own handler starves whole processes; short random naps are fair.
            configuration.busyMode = .callback { _ in patience.nap() }
            // Savepoints around each commit of a group, and the transaction around all, are opened one by one.
            configuration.allowsUnsafeTransactions = true
            patience.begin()
            let database = try Self.opening.withLock { _ in
                try Self.makeFile(path)
                return try DatabaseQueue(path: path, configuration: configuration)
            }
            try database.writeWithoutTransaction { database in
                try Schema.migrate(database)
                // GRDB sets NORMAL when it turns the log on; so this comes after, and is read back.
                try database.execute(sql: "PRAGMA synchronous = \(synchronous.rawValue)")
                guard try Int.fetchOne(database, sql: "PRAGMA synchronous") == synchronous.rawValue,
                    try String.fetchOne(database, sql: "PRAGMA journal_mode") == "wal"
                else { throw StoreError(.unavailable, "SQLite refused the settings that durability needs") }
            }
            return database
        } catch {
            throw StoreError(sqlite: error)
        }
    }

    /// Closing any descriptor of a file drops all locks that the process holds on it, SQLite's too. So a file is opened
    /// by us only to make it, while no other store of this process can open it.
    private static let opening = Mutex(())

    /// Made by us, so that nobody else can read it; the files beside it take over its mode.
    private static func makeFile(_ path: String) throws(StoreError) {
        let descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
        } else if errno == EEXIST {
            // A link to nothing would let SQLite make a file of its own mode. Looking opens nothing.
            var status = stat()
            guard unsafe stat(path, &status) == 0 else {
                throw StoreError(.unavailable, "the database file is a link to nothing")
            }
        } else {
            let reason = unsafe String(cString: strerror(errno))
            throw StoreError(.unavailable, "the database file cannot be made: \(reason)")
        }
    }
}

/// How long the writer still waits for a lock of another process.
final class Patience: Sendable {
    private let duration: Duration
    private let end = Mutex(ContinuousClock.now)

    init(_ duration: Duration) { self.duration = duration }

    func begin() { end.withLock { $0 = .now.advanced(by: duration) } }

    /// Sleeps 0.5 to 2 ms on the writer's own thread; `false` once the time is up.
    func nap() -> Bool {
        guard ContinuousClock.now < end.withLock({ $0 }) else { return false }
        usleep(.random(in: 500...2000))
        return true
    }
}

extension StoreError {
    /// What an error of GRDB, or our own, means for the caller.
    init(sqlite error: any Error) {
        if let error = error as? StoreError {
            self = error
        } else if let error = error as? DatabaseError {
            self.init(sqlite: error.extendedResultCode.rawValue, underlying: error)
        } else {
            self.init(.unavailable, "SQLite failed", underlying: error)
        }
    }
}
#endif
