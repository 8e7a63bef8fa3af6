// SPDX-License-Identifier: Apache-2.0

import Doorward
import GRDB

/// A table of users as many services have it, in SQLite: names, hashes of the system before, whether they may sign in.
struct SQLiteUsers: AccountDirectory {
    private let database: DatabaseQueue

    init(path: String) throws {
        database = try DatabaseQueue(path: path)
        try database.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS users (
                        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, password TEXT, email TEXT,
                        is_active BOOLEAN NOT NULL DEFAULT TRUE)
                    """)
        }
    }

    func add(_ name: String, hash: String?) throws {
        try database.write { database in
            try database.execute(
                sql: "INSERT OR IGNORE INTO users (name, password, email) VALUES (?, ?, ?)",
                arguments: [name, hash, name + "@example.org"])
        }
    }

    func find(_ name: LoginName) async throws -> DirectoryEntry? {
        let row = try await database.read { database in
            try Row.fetchOne(
                database, sql: "SELECT id, password, email, is_active FROM users WHERE name = ?",
                arguments: [name.text])
        }
        guard let row, let account = AccountID(bytes: Array("user \(row["id"] as Int64)".utf8)) else { return nil }
        // A hash that cannot be verified is no password: its owner asks for a new one.
        return DirectoryEntry(
            account: account, isActive: row["is_active"],
            passwordHash: (row["password"] as String?).flatMap { try? OldHash(parsing: $0) }, address: row["email"])
    }
}
