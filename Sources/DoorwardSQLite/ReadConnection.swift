// SPDX-License-Identifier: Apache-2.0

#if SQLite
import DoorwardCore
import GRDBSQLite
import Synchronization

// The one file that calls SQLite's C interface: point reads, which GRDB makes 3 to 25 times as dear.

/// A few connections that read, each behind a lock that is held for one read.
///
/// Called on the caller's thread. That is no blocking call: in the write-ahead log a read waits for no writer, and takes
/// microseconds; a hop to another thread would take several times as long.
final class ReaderPool: Sendable {
    private let connections: [Monitor<ReadConnection>]
    private let next = Atomic<Int>(0)

    init(path: String, count: Int) throws(StoreError) {
        var connections: [Monitor<ReadConnection>] = []
        for _ in 0..<count { connections.append(Monitor(try ReadConnection(path: path))) }
        self.connections = connections
    }

    func withConnection<R>(_ body: (ReadConnection) throws(StoreError) -> R) throws(StoreError) -> R {
        let turn = UInt(bitPattern: next.wrappingAdd(1, ordering: .relaxed).oldValue)
        let result: Result<R, StoreError> = connections[Int(turn % UInt(connections.count))].update { connection in
            do throws(StoreError) { return .success(try body(connection)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}

/// One connection with its prepared statements. Used by one thread at a time.
@safe final class ReadConnection {
    private let handle: OpaquePointer
    private let point: OpaquePointer
    private let page: OpaquePointer
    private let walk: OpaquePointer
    private let walkOn: OpaquePointer

    init(path: String) throws(StoreError) {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
        guard unsafe sqlite3_open_v2(path, &handle, flags, nil) == SQLITE_OK, let opened = unsafe handle else {
            unsafe sqlite3_close_v2(handle)
            throw StoreError(.unavailable, "the database cannot be opened for reading")
        }
        // A reader waits only while the log is recovered after a crash.
        unsafe sqlite3_busy_timeout(opened, 2000)
        unsafe sqlite3_exec(opened, "PRAGMA query_only = 1", nil, nil, nil)
        var statements = unsafe [OpaquePointer]()
        for sql in [
            "SELECT value, version, expires FROM records WHERE partition = ?1 AND kind = ?2 AND id = ?3",
            """
            SELECT partition, kind, id, value, version, expires FROM records WHERE partition = ?1 AND kind = ?2
            AND (?3 IS NULL OR id > ?3) AND (expires IS NULL OR expires > ?4) ORDER BY id LIMIT ?5
            """,
            // What is no record at all is left out, so that one damaged row does not hide the others.
            """
            SELECT partition, kind, id, value, version, expires FROM records
            WHERE length(partition) = 16 AND kind BETWEEN 0 AND 65535 AND length(id) <= 32 AND length(version) = 16
            ORDER BY partition, kind, id LIMIT ?4
            """,
            """
            SELECT partition, kind, id, value, version, expires FROM records
            WHERE (partition, kind, id) > (?1, ?2, ?3)
            AND length(partition) = 16 AND kind BETWEEN 0 AND 65535 AND length(id) <= 32 AND length(version) = 16
            ORDER BY partition, kind, id LIMIT ?4
            """,
        ] {
            var statement: OpaquePointer?
            let status = unsafe sqlite3_prepare_v3(
                opened, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
            guard status == SQLITE_OK, let prepared = unsafe statement else {
                unsafe statements.forEach { unsafe sqlite3_finalize($0) }
                unsafe sqlite3_close_v2(opened)
                throw StoreError(.unavailable, "the database does not have the tables it should have")
            }
            unsafe statements.append(prepared)
        }
        unsafe self.handle = opened
        unsafe point = statements[0]
        unsafe page = statements[1]
        unsafe walk = statements[2]
        unsafe walkOn = statements[3]
    }

    deinit {
        unsafe sqlite3_finalize(point)
        unsafe sqlite3_finalize(page)
        unsafe sqlite3_finalize(walk)
        unsafe sqlite3_finalize(walkOn)
        unsafe sqlite3_close_v2(handle)
    }

    /// One snapshot of some records, expired or not.
    func read(_ keys: [RecordKey]) throws(StoreError) -> [StoredRecord?] {
        // A transaction that could not be ended would go on showing its old snapshot.
        if unsafe sqlite3_get_autocommit(handle) == 0 { try run("ROLLBACK") }
        // A statement is a snapshot by itself; several need a transaction around.
        if keys.count > 1 { try run("BEGIN") }
        var records: [StoredRecord?] = []
        records.reserveCapacity(keys.count)
        do throws(StoreError) {
            for key in keys {
                records.append(try find(key))
            }
        } catch {
            if keys.count > 1 { unsafe sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
            throw error
        }
        if keys.count > 1 { try run("COMMIT") }
        return records
    }

    private func find(_ key: RecordKey) throws(StoreError) -> StoredRecord? {
        unsafe bind(key, to: point)
        // Its bindings are those of the next call soon.
        defer { unsafe sqlite3_reset(point) }
        switch unsafe sqlite3_step(point) {
        case SQLITE_DONE: return nil
        case SQLITE_ROW: return unsafe try record(point, key: key, from: 0)
        default: throw failure()
        }
    }

    func list(_ kind: RecordKind, in partition: Partition, after: RecordID?, limit: Int, at now: Timestamp)
        throws(StoreError) -> [StoredRecord]
    {
        unsafe bind(partition.bytes, to: page, at: 1)
        unsafe sqlite3_bind_int64(page, 2, Int64(kind.code))
        if let after { unsafe bind(after.bytes, to: page, at: 3) }
        unsafe sqlite3_bind_int64(page, 4, now.milliseconds)
        unsafe sqlite3_bind_int64(page, 5, Int64(limit))
        return unsafe try rows(page)
    }

    func scan(after: RecordKey?, limit: Int) throws(StoreError) -> [StoredRecord] {
        let statement = unsafe after == nil ? walk : walkOn
        if let after { unsafe bind(after, to: statement) }
        unsafe sqlite3_bind_int64(statement, 4, Int64(limit))
        return unsafe try rows(statement)
    }

    private func run(_ sql: String) throws(StoreError) {
        guard unsafe sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure() }
    }

    private func failure() -> StoreError {
        StoreError(.unavailable, "SQLite could not read: code \(unsafe sqlite3_extended_errcode(handle))")
    }

    private func bind(_ key: RecordKey, to statement: OpaquePointer) {
        unsafe bind(key.partition.bytes, to: statement, at: 1)
        unsafe sqlite3_bind_int64(statement, 2, Int64(key.kind.code))
        unsafe bind(key.id.bytes, to: statement, at: 3)
    }

    private func bind(_ bytes: [UInt8], to statement: OpaquePointer, at index: Int32) {
        // SQLite copies the bytes. An empty blob must not be taken for NULL, so it has its own call.
        if bytes.isEmpty {
            unsafe sqlite3_bind_zeroblob(statement, index, 0)
        } else {
            let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            unsafe sqlite3_bind_blob(statement, index, bytes, Int32(bytes.count), transient)
        }
    }

    /// All rows of a statement, which is ready for the next call afterwards.
    private func rows(_ statement: OpaquePointer) throws(StoreError) -> [StoredRecord] {
        defer {
            unsafe sqlite3_reset(statement)
            unsafe sqlite3_clear_bindings(statement)
        }
        var records: [StoredRecord] = []
        while true {
            switch unsafe sqlite3_step(statement) {
            case SQLITE_DONE: return records
            case SQLITE_ROW: records.append(try unsafe record(statement))
            default: throw failure()
            }
        }
    }

    private func record(_ statement: OpaquePointer) throws(StoreError) -> StoredRecord {
        guard let partition = unsafe Partition(bytes: blob(statement, 0)),
            let kind = unsafe UInt16(exactly: sqlite3_column_int64(statement, 1)),
            let id = unsafe RecordID(blob(statement, 2))
        else { throw StoreError(.corrupt, "a row is not a record") }
        return unsafe try record(statement, key: RecordKey(RecordKind(code: kind), in: partition, id: id), from: 3)
    }

    /// Value, version and end, from that column on.
    private func record(_ statement: OpaquePointer, key: RecordKey, from column: Int32) throws(StoreError)
        -> StoredRecord
    {
        guard let version = unsafe CommitID(bytes: blob(statement, column + 1)) else {
            throw StoreError(.corrupt, "a row is not a record")
        }
        let hasExpiry = unsafe sqlite3_column_type(statement, column + 2) != SQLITE_NULL
        return StoredRecord(
            key: key, value: unsafe blob(statement, column), version: version,
            expiresAt: hasExpiry ? Timestamp(milliseconds: unsafe sqlite3_column_int64(statement, column + 2)) : nil)
    }

    private func blob(_ statement: OpaquePointer, _ column: Int32) -> [UInt8] {
        guard let bytes = unsafe sqlite3_column_blob(statement, column) else { return [] }
        return unsafe Array(
            UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(statement, column))))
    }
}
#endif
