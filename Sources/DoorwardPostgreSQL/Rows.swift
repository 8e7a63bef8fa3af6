// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
import CLibpq
import DoorwardCore

/// What came of a statement as libpq holds it: rows, their columns in binary form, or a refusal.
@safe final class Rows {
    enum Sort {
        case rows
        /// Done, without any rows.
        case done
        case refusal
        /// In a pipeline: not looked at, because something before it was refused.
        case skipped
        /// In a pipeline: the end of a transaction.
        case sync
    }

    private let result: OpaquePointer?
    let sort: Sort
    let count: Int
    let columns: Int

    /// Takes the result over.
    init(_ result: OpaquePointer) {
        unsafe self.result = result
        sort =
            switch unsafe PQresultStatus(result) {
            case PGRES_TUPLES_OK: .rows
            case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: .done
            case PGRES_PIPELINE_ABORTED: .skipped
            case PGRES_PIPELINE_SYNC: .sync
            default: .refusal
            }
        count = Int(unsafe PQntuples(result))
        columns = Int(unsafe PQnfields(result))
    }

    /// None.
    init() {
        unsafe result = nil
        sort = .done
        (count, columns) = (0, 0)
    }

    deinit { unsafe PQclear(result) }

    /// What the server said against the statement.
    var refusal: ServerMessage {
        func field(_ code: Character) -> String {
            unsafe PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { unsafe String(cString: $0) } ?? ""
        }
        // Fields: C is the code, M the message, V the severity in English.
        return ServerMessage(code: field("C"), text: field("M"), isFatal: field("V") != "ERROR")
    }

    /// Lends a column where it lies; `nil` for NULL, and for a place that is not there.
    func withBytes<R>(_ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer) -> R?) -> R? {
        guard row < count, column < columns, let row = Int32(exactly: row), let column = Int32(exactly: column),
            unsafe PQgetisnull(result, row, column) == 0, let value = unsafe PQgetvalue(result, row, column)
        else { return nil }
        return unsafe body(UnsafeRawBufferPointer(start: value, count: Int(PQgetlength(result, row, column))))
    }

    /// `false` for a place that is not there.
    func isNull(_ row: Int, _ column: Int) -> Bool {
        guard row < count, column < columns, let row = Int32(exactly: row), let column = Int32(exactly: column)
        else { return false }
        return unsafe PQgetisnull(result, row, column) == 1
    }

    func bytes(_ row: Int, _ column: Int) -> [UInt8]? { unsafe withBytes(row, column) { unsafe Array($0) } }

    /// A whole number of 1 to 8 bytes; `nil` for anything else.
    func integer(_ row: Int, _ column: Int) -> Int64? {
        unsafe withBytes(row, column) { bytes in
            guard let first = unsafe bytes.first, bytes.count <= 8 else { return nil }
            let start: Int64 = first >= 0x80 ? -1 : 0
            return unsafe bytes.reduce(start) { $0 << 8 | Int64($1) }
        }
    }

    func text(_ row: Int, _ column: Int) -> String? {
        unsafe withBytes(row, column) { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
#endif
