// SPDX-License-Identifier: Apache-2.0

#if SQLite
import DoorwardCore
import GRDB
import Glibc
import Synchronization

/// The one connection that writes, and the one thread that uses it.
final class Writer: Sendable {
    enum Job: Sendable {
        case commit(CommitID, [RecordChange], Timestamp)
        case increment(CounterKey, amount: Int, ceiling: Int?, expiresAt: Timestamp, Timestamp)
        case purge(Timestamp, Int)
    }

    enum Reply: Sendable {
        case commit(CommitOutcome)
        case increment(IncrementOutcome)
        case purge(Int)
    }

    private let queue: BatchQueue<Job, Result<Reply, StoreError>>
    private let busyTimeout: Duration

    /// Opens, migrates, and makes sure of the durability. Blocks.
    init(path: String, busyTimeout: Duration, clock: any WallClock, synchronous: SQLiteStore.Synchronous)
        throws(StoreError)
    {
        self.busyTimeout = busyTimeout
        let patience = Patience()
        let database: DatabaseQueue
        do {
            var configuration = Configuration()
            configuration.journalMode = .wal
            configuration.label = "doorward.sqlite"
            // SQLite's own handler starves whole processes; short random naps are fair.
            configuration.busyMode = .callback { _ in patience.nap() }
            patience.begin(busyTimeout)
            database = try Self.opening.withLock { _ in
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
        } catch {
            throw StoreError(sqlite: error)
        }
        queue = BatchQueue(.init(name: "doorward.sqlite", threads: 1, capacity: 4096)) { jobs in
            jobs.map { job in
                patience.begin(busyTimeout)
                return Self.perform(job, on: database, clock: clock)
            }
        }
    }

    func run(_ job: Job) async throws(StoreError) -> Reply {
        guard let place = queue.admit() else { throw StoreError(.unavailable, "too many writes are waiting") }
        let result: Result<Reply, StoreError>
        do throws(QueueRefusal) {
            // A write settles something, so it does not end with its caller's task.
            result = try await queue.run(
                job, in: place, deadline: .now.advanced(by: busyTimeout * 2), isCancellable: false)
        } catch {
            throw StoreError(.unavailable, "a write waited too long for its turn")
        }
        return try result.get()
    }

    private static func perform(_ job: Job, on queue: DatabaseQueue, clock: any WallClock) -> Result<
        Reply, StoreError
    > {
        var isCommitting = false
        do {
            return try queue.writeWithoutTransaction { database in
                var reply = Reply.purge(0)
                try database.inTransaction(.immediate) {
                    switch job {
                    case .commit(let id, let changes, let now):
                        let outcome = try Statements.commit(id, changes, at: now, on: database)
                        reply = .commit(outcome)
                        if outcome != .committed { return .rollback }
                    case .increment(let key, let amount, let ceiling, let expiresAt, let now):
                        reply = .increment(
                            try Statements.increment(
                                key, by: amount, ceiling: ceiling, expiresAt: expiresAt, at: now, on: database))
                    case .purge(let asked, let limit):
                        let bound = ContractLimits.purgeBound(asked: asked, storeTime: clock.now())
                        reply = .purge(try Statements.purge(expiredBefore: bound, limit: limit, on: database))
                    }
                    isCommitting = true
                    return .commit
                }
                return .success(reply)
            }
        } catch {
            return .failure(StoreError(sqlite: error, whileCommitting: isCommitting))
        }
    }

    /// Closing any descriptor of a file drops all locks that the process holds on it, SQLite's too. So a file is opened
    /// by us only to make it, while no other store of this process can open it.
    private static let opening = Mutex(())

    /// Made by us, so that nobody else can read it; the files beside it take over its mode.
    private static func makeFile(_ path: String) throws(StoreError) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
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
private final class Patience: Sendable {
    private let end = Mutex(ContinuousClock.now)

    func begin(_ duration: Duration) { end.withLock { $0 = .now.advanced(by: duration) } }

    /// Sleeps 0.5 to 2 ms on the writer's own thread; `false` once the time is up.
    func nap() -> Bool {
        guard ContinuousClock.now < end.withLock({ $0 }) else { return false }
        usleep(.random(in: 500...2000))
        return true
    }
}

extension StoreError {
    /// What an engine's error means for the caller.
    init(sqlite error: any Error, whileCommitting isCommitting: Bool = false) {
        if let error = error as? StoreError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.unavailable, "SQLite failed", underlying: error)
            return
        }
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.unavailable, "another process held the write lock past the deadline", underlying: error)
        case .SQLITE_NOTADB: self.init(.unavailable, "the file is not a database", underlying: error)
        case .SQLITE_READONLY: self.init(.unavailable, "the database cannot be written", underlying: error)
        case .SQLITE_FULL: self.init(.unavailable, "the disk is full", underlying: error)
        case .SQLITE_IOERR where isCommitting:
            self.init(.outcomeUnknown, "the disk failed during a commit", underlying: error)
        default: self.init(.unavailable, "SQLite failed with code \(error.resultCode.rawValue)", underlying: error)
        }
    }
}
#endif
