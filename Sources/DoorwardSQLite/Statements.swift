// SPDX-License-Identifier: Apache-2.0

#if SQLite
import DoorwardCore
import Foundation
import GRDB

/// The writer's statements, each inside the transaction that its caller opened.
enum Statements {
    private static let place = "partition = ? AND kind = ? AND id = ?"

    private static func arguments(_ key: RecordKey) -> [(any DatabaseValueConvertible)?] {
        [Data(key.partition.bytes), Int(key.kind.code), Data(key.id.bytes)]
    }

    private static func bound(_ values: [(any DatabaseValueConvertible)?]) -> StatementArguments {
        StatementArguments(values)
    }

    /// GRDB's typed subscripts trap on a value of another type; this is `nil`.
    private static func integer(_ row: Row, _ column: String) -> Int64? {
        Int64.fromDatabaseValue(row[column] as DatabaseValue)
    }

    /// Checks all conditions, then writes all changes.
    static func commit(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp, on database: Database) throws
        -> CommitOutcome
    {
        let find = try database.cachedStatement(sql: "SELECT version, expires FROM records WHERE \(place)")
        for (index, change) in changes.enumerated() {
            let row = try Row.fetchOne(find, arguments: bound(arguments(change.key)))
            var current: CommitID?
            if let row, integer(row, "expires").map({ now.milliseconds < $0 }) ?? true {
                guard let version = Data.fromDatabaseValue(row["version"] as DatabaseValue),
                    let known = CommitID(bytes: version)
                else { throw StoreError(.corrupt, "a record's version is not 16 bytes") }
                current = known
            }
            guard change.holds(on: current) else { return .conflict(at: index) }
        }
        for change in changes {
            switch change {
            case .create(let key, let value, let expiresAt), .replace(let key, _, let value, let expiresAt):
                try database.cachedStatement(
                    sql: """
                        INSERT INTO records (partition, kind, id, value, version, expires) VALUES (?, ?, ?, ?, ?, ?)
                        ON CONFLICT DO UPDATE SET value = excluded.value, version = excluded.version,
                        expires = excluded.expires
                        """
                ).execute(
                    arguments: bound(
                        arguments(key) + [Data(value), Data(id.bytes), expiresAt.map(\.milliseconds)]))
            case .remove(let key, _):
                try database.cachedStatement(sql: "DELETE FROM records WHERE \(place)")
                    .execute(arguments: bound(arguments(key)))
            case .require: break
            }
        }
        return .committed
    }

    static func increment(
        _ key: CounterKey, by amount: Int, ceiling: Int?, expiresAt: Timestamp, at now: Timestamp,
        on database: Database
    ) throws -> IncrementOutcome {
        let find = try database.cachedStatement(sql: "SELECT value, expires FROM counters WHERE \(place)")
        let stored = try Row.fetchOne(find, arguments: bound(arguments(key))).map { row in
            CounterState(
                value: Int(clamping: max(0, integer(row, "value") ?? 0)),
                expiresAt: Timestamp(milliseconds: integer(row, "expires") ?? 0))
        }
        let (outcome, new) = CounterState.applying(
            amount, to: stored, ceiling: ceiling, expiresAt: expiresAt, at: now)
        if let new {
            try database.cachedStatement(
                sql: """
                    INSERT INTO counters (partition, kind, id, value, expires) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET value = excluded.value, expires = excluded.expires
                    """
            ).execute(arguments: bound(arguments(key) + [new.value, new.expiresAt.milliseconds]))
        }
        return outcome
    }

    static func purge(expiredBefore bound: Timestamp, limit: Int, on database: Database) throws -> Int {
        var left = limit
        for table in ["records", "counters"] where left > 0 {
            try database.execute(
                sql: """
                    DELETE FROM \(table) WHERE (partition, kind, id) IN
                    (SELECT partition, kind, id FROM \(table) WHERE expires < ? ORDER BY expires LIMIT ?)
                    """, arguments: [bound.milliseconds, left])
            left -= database.changesCount
        }
        return limit - left
    }
}
#endif
