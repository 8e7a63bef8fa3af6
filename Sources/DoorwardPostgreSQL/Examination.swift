// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
public import DoorwardCore

extension PostgreSQLStore: ExaminableStore {
    /// Who else may read or write the tables, how the server is reached, and whether it cleans up.
    public func examine() async throws(StoreError) -> [Finding] {
        let (connect, schema) = (connect, schemaName)
        let found = await onOwnThread(named: "doorward.examine") {
            Result { () throws(StoreError) in try Self.examine(connect(), schema) }
        }
        guard let found else { throw StoreError(.unavailable, "no thread could be started") }
        return try found.get()
    }

    private static func examine(_ session: Session, _ schema: String) throws(StoreError) -> [Finding] {
        let answers = try session.texts(
            """
            SELECT
                (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
                inet_client_addr() IS NOT NULL AND NOT inet_client_addr() <<= '127.0.0.0/8'
                    AND NOT inet_client_addr() = '::1'
                    AND NOT coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),
                (SELECT count(*) FROM pg_class c, aclexplode(c.relacl) a
                    WHERE c.relnamespace = to_regnamespace('\(schema)') AND a.grantee = 0),
                (SELECT count(DISTINCT a.grantee) FROM pg_class c, aclexplode(c.relacl) a
                    WHERE c.relnamespace = to_regnamespace('\(schema)') AND a.grantee NOT IN (0, c.relowner)
                    AND a.grantee <> (SELECT oid FROM pg_roles WHERE rolname = current_user)),
                current_setting('autovacuum') = 'off',
                (SELECT count(*) FROM pg_class c WHERE c.relnamespace = to_regnamespace('\(schema)')
                    AND c.relpersistence = 'u')
            """)
        guard answers.count == 6 else { throw StoreError(.unavailable, "PostgreSQL did not say how it is set") }
        let findings: [(Bool, Finding)] = [
            (
                answers[0] == "t",
                Finding(
                    .advice, "postgresql.superuser",
                    "The service's role is a superuser: give it one that may use the schema \(schema) alone.")
            ),
            (
                answers[1] == "t",
                Finding(
                    .problem, "postgresql.clear",
                    "The server is reached over a network without TLS: say sslmode=verify-full.")
            ),
            (
                answers[2] != "0",
                Finding(
                    .problem, "postgresql.public",
                    "Every role of the server has rights on the tables: REVOKE ALL ON ALL TABLES IN SCHEMA \(schema) FROM PUBLIC."
                )
            ),
            (
                answers[3] != "0",
                Finding(
                    .advice, "postgresql.others",
                    "\(answers[3]) other roles have rights on the tables: whoever can write there administers the store."
                )
            ),
            (
                answers[4] == "t",
                Finding(.problem, "postgresql.autovacuum", "autovacuum is off: the tables only ever grow.")
            ),
            (
                answers[5] != "0",
                Finding(
                    .problem, "postgresql.unlogged",
                    "Tables of the store are UNLOGGED, and empty after a crash: ALTER TABLE … SET LOGGED.")
            ),
        ]
        return findings.filter(\.0).map(\.1)
    }
}
#endif
