// SPDX-License-Identifier: Apache-2.0

#if SQLite
import DoorwardCore
import GRDB

/// The tables, and how a file comes to have them. Migrations are numbered and run inside one immediate transaction, so
/// that of several processes that start at once one migrates and the others find it done.
enum Schema {
    /// "Door", so that `file(1)` and we know the file as ours.
    private static let applicationID: Int64 = 0x446F_6F72

    /// The step from each version to the next.
    private static let migrations = [
        """
        CREATE TABLE records (
            partition BLOB NOT NULL, kind INTEGER NOT NULL, id BLOB NOT NULL,
            value BLOB NOT NULL, version BLOB NOT NULL, expires INTEGER,
            PRIMARY KEY (partition, kind, id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX records_by_expiry ON records (expires) WHERE expires IS NOT NULL;
        CREATE TABLE counters (
            partition BLOB NOT NULL, kind INTEGER NOT NULL, id BLOB NOT NULL,
            value INTEGER NOT NULL, expires INTEGER NOT NULL,
            PRIMARY KEY (partition, kind, id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX counters_by_expiry ON counters (expires);
        """
    ]

    static func migrate(_ database: Database) throws {
        try database.inTransaction(.immediate) {
            let owner = try Int64.fetchOne(database, sql: "PRAGMA application_id") ?? 0
            let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            let isEmpty = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0
            guard owner == applicationID || (owner == 0 && version == 0 && isEmpty) else {
                throw StoreError(.unavailable, "the database belongs to another program")
            }
            guard (0...migrations.count).contains(version) else {
                throw StoreError(.unavailable, "the database is of a version that this Doorward does not know")
            }
            for migration in migrations[version...] { try database.execute(sql: migration) }
            if version < migrations.count {
                try database.execute(sql: "PRAGMA application_id = \(applicationID)")
                try database.execute(sql: "PRAGMA user_version = \(migrations.count)")
            }
            return .commit
        }
    }
}
#endif
