// SPDX-License-Identifier: Apache-2.0

#if SQLite
public import DoorwardCore

/// The contract on one SQLite file, for all processes of one machine.
///
/// *Durable:* write-ahead log with `synchronous=FULL`; a commit is acknowledged after its fsync. *Atomic:* a commit is
/// one savepoint of a `BEGIN IMMEDIATE` transaction on the one writer thread; commits that wait together share a
/// transaction and its fsync. *Reads* never wait for a writer: each is a prepared statement on the caller's thread, in a
/// snapshot of its own, begun after the call.
///
/// Limits: not on network file systems (SQLite's locks do not work there). Who can open the file administers it; it is
/// made with mode 0600.
public final class SQLiteStore: RequestStore {
    /// How commits reach the disk.
    package enum Synchronous: Int, Sendable {
        /// Loses acknowledged commits with the power. Only there to show that the tests would notice.
        case normal = 1
        case full = 2
    }

    let path: String
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
        self.path = path
        // Opening waits for locks and disks, so it has a thread of its own.
        let opened = await onOwnThread(named: "doorward.open") {
            Result { () throws(StoreError) in
                let writer = try Writer(path: path, busyTimeout: busyTimeout, clock: clock, synchronous: synchronous)
                return (writer, try ReaderPool(path: path, count: 4))
            }
        }
        guard let opened else { throw StoreError(.unavailable, "no thread could be started") }
        (writer, readers) = try opened.get()
    }

    public func read(_ key: RecordKey, at now: Timestamp) async throws(StoreError) -> StoredRecord? {
        let record = try readers.withConnection { connection throws(StoreError) in try connection.read(key) }
        return record?.isExpired(at: now) == true ? nil : record
    }

    public func answer(_ request: StoreRequest) async throws(StoreError) -> StoreReply {
        switch request {
        case .read(let keys, _):
            try readers.withConnection { connection throws(StoreError) in .records(try connection.read(keys)) }
        case .list(let kind, let partition, let after, let limit, let now):
            try readers.withConnection { connection throws(StoreError) in
                .page(try connection.list(kind, in: partition, after: after, limit: limit, at: now))
            }
        case .scan(let after, let limit):
            try readers.withConnection { connection throws(StoreError) in
                .page(try connection.scan(after: after, limit: limit))
            }
        case .commit, .increment, .purge: try await writer.answer(request)
        }
    }
}
#endif
