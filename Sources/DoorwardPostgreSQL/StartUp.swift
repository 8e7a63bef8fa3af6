// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
import DoorwardCore

/// What must be true of a server before a store uses it. Each session passes ``settle(_:)``; a store passes all when it
/// is opened.
struct StartUp: Sendable {
    let schema: Schema
    /// In milliseconds; the server gives up a statement a little before we give up the session.
    let statementTimeout: Int64

    /// Settings that the promises stand on: set for the session, whatever the server's, the database's and the role's
    /// are, then read back.
    ///
    /// - Throws: `unavailable`, and what to do.
    func settle(_ session: Session) throws(StoreError) {
        let set = """
            SET default_transaction_isolation = 'read committed';
            SET search_path = pg_catalog;
            SET statement_timeout = \(statementTimeout);
            SET lock_timeout = 0;
            SET idle_in_transaction_session_timeout = 0;
            \(PostgreSQLStore.planSettings)
            SELECT set_config('synchronous_commit', 'on', false)
            WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')
            """
        // A transaction of its own: the first one began under the old settings.
        let look = """
            SELECT current_setting('transaction_isolation'), current_setting('synchronous_commit'),
                current_setting('fsync'), current_setting('full_page_writes'), pg_is_in_recovery()::text,
                current_setting('server_encoding')
            """
        guard session.serverVersion >= 140_000 else {
            throw StoreError(.unavailable, "PostgreSQL \(session.serverVersion / 10_000) is too old: 14 or later")
        }
        _ = try session.texts(set)
        let values = try session.texts(look)
        guard values.count == 6, values[0] == "read committed" else {
            throw StoreError(.unavailable, "PostgreSQL did not take READ COMMITTED")
        }
        guard ["on", "remote_apply"].contains(values[1]) else {
            throw StoreError(.unavailable, "PostgreSQL did not take synchronous_commit = on")
        }
        guard values[2] == "on", values[3] == "on" else {
            throw StoreError(
                .unavailable, "the PostgreSQL server runs without fsync or full_page_writes and would lose commits")
        }
        guard values[4] == "false" else {
            throw StoreError(.unavailable, "this PostgreSQL server is a replica: name its primary")
        }
    }

    /// Whether an advisory lock of one session keeps another out. Some relatives of PostgreSQL only say so.
    func advisoryLocksHold(_ first: Session, _ second: Session, random: some RandomSource) throws(StoreError) -> Bool {
        let number = random.bytes(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        func lock(_ session: Session) throws(StoreError) -> Bool {
            try session.texts("BEGIN; SELECT pg_try_advisory_xact_lock('\(number)'::bigint)") == ["t"]
        }
        let (mine, theirs) = (try lock(first), try lock(second))
        _ = try first.texts("ROLLBACK")
        _ = try second.texts("ROLLBACK")
        return mine && !theirs
    }

    /// Makes or migrates the tables, in one transaction under a lock, so that of several nodes that start at once one
    /// does it and the others find it done.
    ///
    /// - Parameter locksRows: How commits of a new store are kept apart; an old one has it written down.
    /// - Returns: How commits are kept apart.
    func migrate(_ session: Session, locksRows: Bool) throws(StoreError) -> Bool {
        if let known = try installed(session), known.version == schema.migrations.count {
            return try verified(known, session, locksRows: locksRows)
        }
        _ = try session.texts("BEGIN; SELECT pg_advisory_xact_lock(\(Self.door), hashtext('\(schema.name)'))")
        do throws(StoreError) {
            // Somebody else may have been faster.
            let known = try installed(session)
            let version = known?.version ?? 0
            guard (0...schema.migrations.count).contains(version) else {
                throw StoreError(.unavailable, "the store's tables are of a version that this Doorward does not know")
            }
            if known == nil {
                // One that an administrator has made for us needs no privilege on the database.
                if try session.texts("SELECT to_regnamespace('\(schema.name)') IS NULL") == ["t"] {
                    _ = try session.texts("CREATE SCHEMA \(schema.name)")
                }
                _ = try session.texts(
                    """
                    CREATE TABLE \(schema.name).doorward_schema (version integer NOT NULL, locks_rows boolean NOT NULL);
                    INSERT INTO \(schema.name).doorward_schema VALUES (0, \(locksRows))
                    """)
            }
            for migration in schema.migrations[version...] { _ = try session.texts(migration) }
            _ = try session.texts(
                "UPDATE \(schema.name).doorward_schema SET version = \(schema.migrations.count); COMMIT")
            return try verified(try installed(session), session, locksRows: locksRows)
        } catch {
            _ = try? session.texts("ROLLBACK")
            throw error
        }
    }

    /// "Door": advisory locks of two numbers are apart from those of one, which commits take.
    private static let door = 0x446F_6F72

    private struct Installed {
        let version: Int
        let locksRows: Bool
    }

    /// `nil` if there is nothing of ours, and room for it.
    private func installed(_ session: Session) throws(StoreError) -> Installed? {
        let found = try session.texts(
            """
            SELECT to_regclass('\(schema.name).doorward_schema') IS NOT NULL, EXISTS (
                SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE quote_ident(n.nspname) = quote_ident(replace('\(schema.name)', '"', '')))
            """)
        guard found.first == "t" else {
            guard found.last == "f" else {
                throw StoreError(.unavailable, "the schema \(schema.name) holds tables of another program")
            }
            return nil
        }
        let row = try session.texts("SELECT version, locks_rows FROM \(schema.name).doorward_schema")
        guard row.count == 2, let version = Int(row[0]) else {
            throw StoreError(.unavailable, "the schema \(schema.name) belongs to another program")
        }
        return Installed(version: version, locksRows: row[1] == "t")
    }

    /// That all is there and may be used.
    private func verified(_ installed: Installed?, _ session: Session, locksRows: Bool) throws(StoreError) -> Bool {
        guard let installed else { throw StoreError(.unavailable, "the store's tables vanished") }
        let name = schema.name
        let tables = ["records", "counters", "partition_locks"]
        let functions = ["commit_changes", "increment_counter"]
        let there = try session.texts(
            """
            SELECT (SELECT count(*) FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.oid IN
                (\(tables.map { "to_regclass('\(name).\($0)')" }.joined(separator: ", ")))),
                (SELECT count(*) FROM pg_proc p WHERE p.oid IN
                (\(functions.map { "to_regproc('\(name).\($0)')" }.joined(separator: ", "))))
            """)
        guard there == ["\(tables.count)", "\(functions.count)"] else {
            throw StoreError(
                .unavailable, "tables or functions of the store are missing from \(name): a migration was cut short")
        }
        let granted = try session.texts(
            """
            SELECT bool_and(has_table_privilege(to_regclass('\(name).' || t), p))
            FROM unnest(ARRAY[\(tables.map { "'\($0)'" }.joined(separator: ", "))]) AS t,
                unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p
            """)
        guard granted == ["t"] else {
            throw StoreError(
                .unavailable,
                "the database role lacks privileges: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \(name)"
            )
        }
        guard installed.locksRows || !locksRows else {
            throw StoreError(
                .unavailable, "advisory locks do not lock on this server, and the store was made on one where they do")
        }
        return installed.locksRows
    }
}

extension Session {
    /// The first row of the last statement, as text; NULL is empty.
    func texts(_ sql: String) throws(StoreError) -> [String] {
        do throws(StatementFailure) {
            let rows = try run(sql)
            return rows.count == 0 ? [] : (0..<rows.columns).map { rows.text(0, $0) ?? "" }
        } catch {
            throw StoreError(error)
        }
    }
}

extension PostgreSQLStore {
    /// All we ask can be found by keys, so a plan is made once, for tables that grow.
    package static let planSettings = """
        SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off;
        SET enable_mergejoin = off; SET jit = off;
        """
}
#endif
