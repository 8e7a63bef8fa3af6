// SPDX-License-Identifier: Apache-2.0

#if SQLite
import DoorwardCore
import GRDBSQLite
import Synchronization

/// A few connections that read, each behind a lock that is held for one read.
///
/// Called on the caller's thread. That is no blocking call: in the write-ahead log a read waits for no writer, and takes
/// microseconds; a hop to another thread would take several times as long.
final class ReaderPool: Sendable {
    private final class Slot: Sendable {
        let connection: Mutex<ReadConnection>
        init(path: String) throws(StoreError) { connection = Mutex(try ReadConnection(path: path)) }
    }

    private let slots: [Slot]
    private let next = Atomic<Int>(0)

    init(path: String, count: Int) throws(StoreError) {
        var slots: [Slot] = []
        for _ in 0..<count { slots.append(try Slot(path: path)) }
        self.slots = slots
    }

    /// The first that is free, because its cache is the warmest; if none is, each waits for another.
    func withConnection<R: Sendable>(
        _ body: @Sendable (ReadConnection) throws(StoreError) -> R
    ) throws(StoreError) -> R {
        @Sendable func use(_ connection: ReadConnection) -> Result<R, StoreError> {
            do throws(StoreError) { return .success(try body(connection)) } catch { return .failure(error) }
        }
        for slot in slots {
            if let result = slot.connection.withLockIfAvailable({ use($0) }) { return try result.get() }
        }
        let turn = UInt(bitPattern: next.wrappingAdd(1, ordering: .relaxed).oldValue)
        return try slots[Int(turn % UInt(slots.count))].connection.withLock { use($0) }.get()
    }
}

/// One connection with its prepared statements. Used by one thread at a time.
@safe final class ReadConnection {
    /// Closed after the statements are gone.
    @safe private final class Handle {
        let connection: OpaquePointer
        init(_ connection: OpaquePointer) { unsafe self.connection = connection }
        deinit { unsafe sqlite3_close_v2(connection) }
    }

    private let handle: Handle
    private let begin, commit, rollback: PreparedStatement
    private let point, page, walk, walkOn: PreparedStatement

    init(path: String) throws(StoreError) {
        var opened: OpaquePointer?
        let status = unsafe sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
        guard status == SQLITE_OK, let connection = unsafe opened else {
            unsafe sqlite3_close_v2(opened)
            throw StoreError(.unavailable, "the database cannot be opened for reading")
        }
        handle = unsafe Handle(connection)
        // A reader waits only while the log is recovered after a crash.
        unsafe sqlite3_busy_timeout(connection, 2000)
        unsafe sqlite3_exec(connection, "PRAGMA query_only = 1", nil, nil, nil)
        func prepared(_ sql: String) throws(StoreError) -> PreparedStatement {
            unsafe try PreparedStatement(sql, on: connection)
        }
        begin = try prepared("BEGIN")
        commit = try prepared("COMMIT")
        rollback = try prepared("ROLLBACK")
        point = try prepared(
            "SELECT value, version, expires FROM records WHERE partition = ?1 AND kind = ?2 AND id = ?3")
        page = try prepared(
            """
            SELECT value, version, expires, id FROM records WHERE partition = ?1 AND kind = ?2
            AND (?3 IS NULL OR id > ?3) AND (expires IS NULL OR expires > ?4) ORDER BY id LIMIT ?5
            """)
        // What is no record at all is left out, so that one damaged row does not hide the others.
        func walking(_ condition: String) throws(StoreError) -> PreparedStatement {
            try prepared(
                """
                SELECT value, version, expires, id, partition, kind FROM records WHERE \(condition)
                AND length(partition) = 16 AND kind BETWEEN 0 AND 65535 AND length(id) <= 32 AND length(version) = 16
                ORDER BY partition, kind, id LIMIT ?4
                """)
        }
        walk = try walking("true")
        walkOn = try walking("(partition, kind, id) > (?1, ?2, ?3)")
    }

    /// One record, expired or not.
    func read(_ key: RecordKey) throws(StoreError) -> StoredRecord? {
        try leaveSnapshot()
        return try find(key)
    }

    /// One snapshot of some records, expired or not.
    func read(_ keys: [RecordKey]) throws(StoreError) -> [StoredRecord?] {
        try leaveSnapshot()
        // A statement is a snapshot by itself; several need a transaction around.
        if keys.count == 1 { return [try find(keys[0])] }
        try begin.run()
        do throws(StoreError) {
            let records = try keys.map { key throws(StoreError) in try find(key) }
            try commit.run()
            return records
        } catch {
            try? rollback.run()
            throw error
        }
    }

    /// A transaction that could not be ended would go on showing its old snapshot.
    private func leaveSnapshot() throws(StoreError) {
        if unsafe sqlite3_get_autocommit(handle.connection) == 0 { try rollback.run() }
    }

    private func find(_ key: RecordKey) throws(StoreError) -> StoredRecord? {
        point.bind(key)
        return try point.first { () throws(StoreError) in try record(of: point, key) }
    }

    func list(_ kind: RecordKind, in partition: Partition, after: RecordID?, limit: Int, at now: Timestamp)
        throws(StoreError) -> [StoredRecord]
    {
        try leaveSnapshot()
        page.bind(RecordKey(kind, in: partition, id: after ?? .only))
        if after == nil { page.bindNull(at: 3) }
        page.bind(now.milliseconds, at: 4)
        page.bind(Int64(limit), at: 5)
        return try page.all { () throws(StoreError) in
            guard let id = RecordID(page.bytes(3)) else { throw Self.malformed }
            return try record(of: page, RecordKey(kind, in: partition, id: id))
        }
    }

    func scan(after: RecordKey?, limit: Int) throws(StoreError) -> [StoredRecord] {
        try leaveSnapshot()
        let statement = after == nil ? walk : walkOn
        if let after { statement.bind(after) }
        statement.bind(Int64(limit), at: 4)
        return try statement.all { () throws(StoreError) in
            guard let partition = Partition(bytes: statement.bytes(4)),
                let kind = statement.integer(5).flatMap({ UInt16(exactly: $0) }),
                let id = RecordID(statement.bytes(3))
            else { throw Self.malformed }
            return try record(of: statement, RecordKey(RecordKind(code: kind), in: partition, id: id))
        }
    }

    private static let malformed = StoreError(.corrupt, "a row is not a record")

    /// Out of the first three columns.
    private func record(of row: PreparedStatement, _ key: RecordKey) throws(StoreError) -> StoredRecord {
        guard let version = row.version(1) else { throw Self.malformed }
        return StoredRecord(key: key, value: row.bytes(0), version: version, expiresAt: row.time(2))
    }
}
#endif
