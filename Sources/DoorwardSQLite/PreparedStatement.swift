// SPDX-License-Identifier: Apache-2.0

#if SQLite
import DoorwardCore
import GRDBSQLite

/// One statement of one connection, prepared once and run again and again by whoever uses the connection.
///
/// SQLite's own interface, because GRDB makes a short statement 3 to 25 times as dear.
@safe final class PreparedStatement {
    private let connection: OpaquePointer
    private let statement: OpaquePointer
    /// Where partition and id are bound, so that nothing is allocated for a read: 16 + 32 bytes.
    private let place: UnsafeMutableRawBufferPointer
    /// What went wrong with a parameter: NULL must not stand in for it.
    private var binding = SQLITE_OK

    /// - Throws: `unavailable` if the tables are not what they should be.
    init(_ sql: String, on connection: OpaquePointer) throws(StoreError) {
        var statement: OpaquePointer?
        let status = unsafe sqlite3_prepare_v3(
            connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard status == SQLITE_OK, let prepared = unsafe statement else {
            throw StoreError(.unavailable, "the database does not have the tables it should have")
        }
        unsafe self.connection = connection
        unsafe self.statement = prepared
        unsafe place = .allocate(byteCount: 48, alignment: 8)
    }

    // The connection is closed by `sqlite3_close_v2`, which waits for its statements.
    deinit {
        unsafe sqlite3_finalize(statement)
        unsafe place.deallocate()
    }

    // MARK: Parameters, from 1; they hold until they are bound again

    /// The first three: partition, kind and id.
    func bind(_ key: RecordKey) {
        let (partition, id) = unsafe (place[..<16], place[16...])
        unsafe withUnsafeBytes(of: key.partition.words) {
            unsafe bind($0, at: 1, in: UnsafeMutableRawBufferPointer(rebasing: partition))
        }
        bind(Int64(key.kind.code), at: 2)
        unsafe key.id.withUnsafeBytes { unsafe bind($0, at: 3, in: UnsafeMutableRawBufferPointer(rebasing: id)) }
    }

    func bind(_ bytes: [UInt8], at index: Int32) { unsafe bytes.withUnsafeBytes { unsafe bind($0, at: index) } }

    func bind(_ version: CommitID, at index: Int32) {
        unsafe withUnsafeBytes(of: version.words) { unsafe bind($0, at: index) }
    }

    func bind(_ number: Int64?, at index: Int32) {
        if let number {
            note(unsafe sqlite3_bind_int64(statement, index, number))
        } else {
            bindNull(at: index)
        }
    }

    func bindNull(at index: Int32) { note(unsafe sqlite3_bind_null(statement, index)) }

    private func note(_ status: Int32) { if status != SQLITE_OK { binding = status } }

    /// - Parameter own: Memory of this statement's to keep them in; without it, SQLite makes a copy.
    private func bind(
        _ bytes: UnsafeRawBufferPointer, at index: Int32, in own: UnsafeMutableRawBufferPointer? = nil
    ) {
        if unsafe bytes.isEmpty {
            // An empty blob must not be taken for NULL.
            note(unsafe sqlite3_bind_zeroblob(statement, index, 0))
        } else if let own = unsafe own {
            unsafe own.copyMemory(from: bytes)
            note(unsafe sqlite3_bind_blob(statement, index, own.baseAddress, Int32(bytes.count), nil))
        } else {
            let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            note(unsafe sqlite3_bind_blob(statement, index, bytes.baseAddress, Int32(bytes.count), transient))
        }
    }

    // MARK: Running

    /// Runs to the end, past any rows.
    ///
    /// - Parameter isCommit: Whether a disk that fails leaves open what became of it.
    func run(isCommit: Bool = false) throws(StoreError) {
        defer { unsafe sqlite3_reset(statement) }
        while try step(isCommit: isCommit) {}
    }

    /// What the body makes of the first row, or `nil` if there is none.
    func first<R>(_ body: () throws(StoreError) -> R) throws(StoreError) -> R? {
        defer { unsafe sqlite3_reset(statement) }
        return try step() ? try body() : nil
    }

    /// What the body makes of each row.
    func all<R>(_ body: () throws(StoreError) -> R) throws(StoreError) -> [R] {
        defer { unsafe sqlite3_reset(statement) }
        var results: [R] = []
        while try step() { results.append(try body()) }
        return results
    }

    private func step(isCommit: Bool = false) throws(StoreError) -> Bool {
        guard binding == SQLITE_OK else {
            defer { binding = SQLITE_OK }
            throw StoreError(sqlite: binding)
        }
        switch unsafe sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw StoreError(sqlite: unsafe sqlite3_extended_errcode(connection), isCommit: isCommit)
        }
    }

    // MARK: Columns of the row, from 0

    /// Empty where there is no blob.
    func bytes(_ column: Int32) -> [UInt8] { unsafe Array(blob(column)) }

    /// `nil` unless there are 16 bytes.
    func version(_ column: Int32) -> CommitID? { unsafe CommitID(bytes: blob(column)) }

    /// `nil` for NULL.
    func integer(_ column: Int32) -> Int64? {
        unsafe sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : sqlite3_column_int64(statement, column)
    }

    func time(_ column: Int32) -> Timestamp? { integer(column).map { Timestamp(milliseconds: $0) } }

    private func blob(_ column: Int32) -> UnsafeRawBufferPointer {
        // In this order: asking for the length first could convert the value.
        let base = unsafe sqlite3_column_blob(statement, column)
        return unsafe UnsafeRawBufferPointer(start: base, count: Int(sqlite3_column_bytes(statement, column)))
    }
}

extension StoreError {
    /// What one of SQLite's extended codes means for the caller.
    init(sqlite code: Int32, isCommit: Bool = false, underlying: (any Error)? = nil) {
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED:
            self.init(.unavailable, "another process held the write lock past the deadline", underlying: underlying)
        case SQLITE_NOTADB: self.init(.unavailable, "the file is not a database", underlying: underlying)
        case SQLITE_READONLY: self.init(.unavailable, "the database cannot be written", underlying: underlying)
        case SQLITE_FULL: self.init(.unavailable, "the disk is full", underlying: underlying)
        case SQLITE_IOERR where isCommit:
            self.init(.outcomeUnknown, "the disk failed during a commit", underlying: underlying)
        default: self.init(.unavailable, "SQLite failed with code \(code)", underlying: underlying)
        }
    }
}
#endif
