// SPDX-License-Identifier: Apache-2.0

#if SQLite
public import DoorwardCore

/// The contract on one SQLite file, for all processes of one machine.
///
/// *Durable:* write-ahead log with `synchronous=FULL`; a commit is acknowledged after its fsync. *Atomic:* a commit is
/// one `BEGIN IMMEDIATE` transaction on the one writer thread. *Reads* never wait for a writer: each is a prepared
/// statement on the caller's thread, in a snapshot of its own, begun after the call.
///
/// Limits: not on network file systems (SQLite's locks do not work there). Who can open the file administers it; it is
/// made with mode 0600.
public final class SQLiteStore: AuthStore {
    /// How a commit reaches the disk.
    package enum Synchronous: Int, Sendable {
        /// Loses acknowledged commits with the power. Only there to show that the tests would notice.
        case normal = 1
        case full = 2
    }

    private let writer: Writer
    private let readers: ReaderPool

    /// Opens the file, or makes it.
    ///
    /// - Parameters:
    ///   - path: Of the database file; its folder must exist. Two more files appear beside it.
    ///   - busyTimeout: How long a write waits for other processes.
    ///   - clock: The store's own clock, which only bounds `purge`.
    /// - Throws: `unavailable` for a file that is no database, is another program's or a newer version's, or cannot be
    ///   written.
    public convenience init(
        at path: String, busyTimeout: Duration = .seconds(5), clock: any WallClock = .system
    ) async throws(StoreError) {
        try await self.init(at: path, busyTimeout: busyTimeout, clock: clock, synchronous: .full)
    }

    package init(at path: String, busyTimeout: Duration, clock: any WallClock, synchronous: Synchronous)
        async throws(StoreError)
    {
        // Opening waits for locks and disks, so it has a thread of its own.
        let opened = await onOwnThread(named: "doorward.open") {
            Result { () throws(StoreError) in
                let writer = try Writer(
                    path: path, busyTimeout: busyTimeout, clock: clock, synchronous: synchronous)
                return (writer, try ReaderPool(path: path, count: 4))
            }
        }
        guard let opened else { throw StoreError(.unavailable, "no thread could be started") }
        (writer, readers) = try opened.get()
    }

    public func read(_ keys: [RecordKey], at now: Timestamp) async throws(StoreError) -> [StoredRecord?] {
        try ContractLimits.check(keys)
        return try readers.withConnection { connection throws(StoreError) in
            let records = try connection.read(keys)
            return records.map { record in record.flatMap { $0.isExpired(at: now) ? nil : $0 } }
        }
    }

    public func list(_ kind: RecordKind, in partition: Partition, after: RecordID?, limit: Int, at now: Timestamp)
        async throws(StoreError) -> [StoredRecord]
    {
        let limit = try ContractLimits.check(limit: limit)
        return try readers.withConnection { connection throws(StoreError) in
            try connection.list(kind, in: partition, after: after, limit: limit, at: now)
        }
    }

    public func commit(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp)
        async throws(StoreError) -> CommitOutcome
    {
        try ContractLimits.check(changes)
        guard case .commit(let outcome) = try await writer.run(.commit(id, changes, now)) else { throw .mixedUp }
        return outcome
    }

    public func increment(_ key: CounterKey, by amount: Int, ceiling: Int?, expiresAt: Timestamp, at now: Timestamp)
        async throws(StoreError) -> IncrementOutcome
    {
        try ContractLimits.check(amount: amount, ceiling: ceiling)
        let job = Writer.Job.increment(key, amount: amount, ceiling: ceiling, expiresAt: expiresAt, now)
        guard case .increment(let outcome) = try await writer.run(job) else { throw .mixedUp }
        return outcome
    }

    public func scan(after: RecordKey?, limit: Int) async throws(StoreError) -> [StoredRecord] {
        let limit = try ContractLimits.check(limit: limit)
        return try readers.withConnection { connection throws(StoreError) in
            try connection.scan(after: after, limit: limit)
        }
    }

    public func purge(expiredBefore: Timestamp, limit: Int) async throws(StoreError) -> Int {
        let limit = try ContractLimits.check(limit: limit)
        guard case .purge(let count) = try await writer.run(.purge(expiredBefore, limit)) else { throw .mixedUp }
        return count
    }
}

extension StoreError {
    fileprivate static let mixedUp = StoreError(.unavailable, "the writer answered another question")
}
#endif
