// SPDX-License-Identifier: Apache-2.0

import LibPQ
import Dispatch
import Doorward

/// The same table in PostgreSQL, by libpq. A service that has a driver already uses that one.
final class PostgreSQLUsers: AccountDirectory, @unchecked Sendable {
    struct Failure: Error {}

    // Sendable: the connection is used on this queue alone, which also keeps its waiting off the tasks' threads.
    private let queue = DispatchQueue(label: "users")
    private let connection: OpaquePointer

    init(_ url: String) throws {
        guard let connection = PQconnectdb(url), PQstatus(connection) == CONNECTION_OK else { throw Failure() }
        self.connection = connection
        _ = try Self.run(
            """
            CREATE TABLE IF NOT EXISTS users (
                id BIGSERIAL PRIMARY KEY, name TEXT NOT NULL UNIQUE, password TEXT, email TEXT,
                is_active BOOLEAN NOT NULL DEFAULT TRUE)
            """, [], on: connection)
    }

    deinit { PQfinish(connection) }

    func add(_ name: String, hash: String) throws {
        try queue.sync {
            _ = try Self.run(
                "INSERT INTO users (name, password, email) VALUES ($1, $2, $1 || '@example.org') ON CONFLICT DO NOTHING",
                [name, hash], on: connection)
        }
    }

    func find(_ name: LoginName) async throws -> DirectoryEntry? {
        let rows = try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(
                    with: Result {
                        try Self.run(
                            "SELECT id, password, email, is_active FROM users WHERE name = $1", [name.text],
                            on: self.connection)
                    })
            }
        }
        guard let row = rows.first, let id = row[0], let account = AccountID(bytes: Array("user \(id)".utf8)) else {
            return nil
        }
        return DirectoryEntry(
            account: account, isActive: row[3] == "t", passwordHash: row[1].flatMap { try? OldHash(parsing: $0) },
            address: row[2])
    }

    private static func run(_ sql: String, _ values: [String], on connection: OpaquePointer) throws -> [[String?]] {
        let texts = values.map { Array($0.utf8CString) }
        let pointers = texts.map { text in
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.count)
            copy.initialize(from: text, count: text.count)
            return copy
        }
        defer { for pointer in pointers { pointer.deallocate() } }
        let result = PQexecParams(
            connection, sql, Int32(values.count), nil, pointers.map { UnsafePointer($0) }, nil, nil, 0)
        defer { PQclear(result) }
        guard [PGRES_TUPLES_OK, PGRES_COMMAND_OK].contains(PQresultStatus(result)) else { throw Failure() }
        return (0..<PQntuples(result)).map { row in
            (0..<PQnfields(result)).map { column in
                PQgetisnull(result, row, column) == 1 ? nil : String(cString: PQgetvalue(result, row, column))
            }
        }
    }
}
