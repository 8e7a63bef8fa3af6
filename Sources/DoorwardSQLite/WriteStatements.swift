// SPDX-License-Identifier: Apache-2.0

#if SQLite
import DoorwardCore
import GRDBSQLite

/// The writer's statements: a transaction's frame, and what is done inside.
@safe final class WriteStatements {
    private let connection: OpaquePointer
    private let begin, commit, rollback, save, release, undo: PreparedStatement
    private let findRecord, putRecord, removeRecord, findCounter, putCounter: PreparedStatement
    private let purges: [PreparedStatement]

    init(on connection: OpaquePointer) throws(StoreError) {
        func prepared(_ sql: String) throws(StoreError) -> PreparedStatement {
            unsafe try PreparedStatement(sql, on: connection)
        }
        let place = "partition = ?1 AND kind = ?2 AND id = ?3"
        unsafe self.connection = connection
        begin = try prepared("BEGIN IMMEDIATE")
        commit = try prepared("COMMIT")
        rollback = try prepared("ROLLBACK")
        save = try prepared("SAVEPOINT one")
        release = try prepared("RELEASE one")
        undo = try prepared("ROLLBACK TO one")
        findRecord = try prepared("SELECT version, expires FROM records WHERE \(place)")
        putRecord = try prepared(
            """
            INSERT INTO records (partition, kind, id, value, version, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT DO UPDATE SET value = excluded.value, version = excluded.version, expires = excluded.expires
            """)
        removeRecord = try prepared("DELETE FROM records WHERE \(place)")
        findCounter = try prepared("SELECT value, expires FROM counters WHERE \(place)")
        putCounter = try prepared(
            """
            INSERT INTO counters (partition, kind, id, value, expires) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT DO UPDATE SET value = excluded.value, expires = excluded.expires
            """)
        purges = try ["records", "counters"].map { table throws(StoreError) in
            try prepared(
                """
                DELETE FROM \(table) WHERE (partition, kind, id) IN
                (SELECT partition, kind, id FROM \(table) WHERE expires < ?1 ORDER BY expires LIMIT ?2)
                """)
        }
    }

    // MARK: The frame

    func beginTransaction() throws(StoreError) {
        // One that could not be ended before.
        rollbackTransaction()
        try begin.run()
    }

    func commitTransaction() throws(StoreError) { try commit.run(isCommit: true) }

    /// Whether a transaction is open: some failures end it.
    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(connection) == 0 }

    /// Ends what is still open.
    func rollbackTransaction() { if isInTransaction { try? rollback.run() } }

    /// Undoes what the body did if it throws, and nothing else.
    func inSavepoint<R>(_ body: () throws(StoreError) -> R) throws(StoreError) -> R {
        try save.run()
        do throws(StoreError) {
            let result = try body()
            try release.run()
            return result
        } catch {
            guard isInTransaction else { throw error }
            do throws(StoreError) {
                try undo.run()
                try release.run()
            } catch {
                // What cannot be undone by itself takes the others with it.
                rollbackTransaction()
                throw error
            }
            throw error
        }
    }

    // MARK: What is done inside

    /// Checks all conditions, then writes all changes.
    func commit(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp) throws(StoreError) -> CommitOutcome {
        for (index, change) in changes.enumerated() {
            findRecord.bind(change.key)
            let current = try findRecord.first { () throws(StoreError) -> CommitID? in
                if let expiresAt = findRecord.time(1), now >= expiresAt { return nil }
                guard let version = findRecord.version(0) else {
                    throw StoreError(.corrupt, "a record's version is not 16 bytes")
                }
                return version
            }
            guard change.holds(on: current ?? nil) else { return .conflict(at: index) }
        }
        for change in changes {
            switch change {
            case .create(let key, let value, let expiresAt), .replace(let key, _, let value, let expiresAt):
                putRecord.bind(key)
                putRecord.bind(value, at: 4)
                putRecord.bind(id, at: 5)
                putRecord.bind(expiresAt?.milliseconds, at: 6)
                try putRecord.run()
            case .remove(let key, _):
                removeRecord.bind(key)
                try removeRecord.run()
            case .require: break
            }
        }
        return .committed
    }

    func increment(_ key: CounterKey, by amount: Int, ceiling: Int?, expiresAt: Timestamp, at now: Timestamp)
        throws(StoreError) -> IncrementOutcome
    {
        findCounter.bind(key)
        let stored = try findCounter.first { () throws(StoreError) in
            CounterState(
                value: Int(clamping: max(0, findCounter.integer(0) ?? 0)),
                expiresAt: findCounter.time(1) ?? Timestamp(milliseconds: 0))
        }
        let (outcome, new) = CounterState.applying(amount, to: stored, ceiling: ceiling, expiresAt: expiresAt, at: now)
        if let new {
            putCounter.bind(key)
            putCounter.bind(Int64(new.value), at: 4)
            putCounter.bind(new.expiresAt.milliseconds, at: 5)
            try putCounter.run()
        }
        return outcome
    }

    func purge(expiredBefore bound: Timestamp, limit: Int) throws(StoreError) -> Int {
        var left = limit
        for purge in purges where left > 0 {
            purge.bind(bound.milliseconds, at: 1)
            purge.bind(Int64(left), at: 2)
            try purge.run()
            left -= Int(unsafe sqlite3_changes(connection))
        }
        return limit - left
    }
}
#endif
