// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
import DoorwardCore
import DoorwardPostgreSQL
import DoorwardTesting
import Foundation
import Testing

/// What a server may be, instead of a good one: a typed error that says what to do, and recovery without restart.
@Suite(.enabled(if: PostgreSQLServer.isExpected, "PostgreSQL's server is not installed"), .timeLimit(.minutes(10)))
struct PostgreSQLServerTests {
    /// The error of opening a store.
    private static func refusal(
        _ url: String, schema: String = "doorward", timeout: Duration = .seconds(20), clock: any WallClock = .system
    ) async -> StoreError? {
        do throws(StoreError) {
            _ = try await PostgreSQLStore(url, schema: schema, timeout: timeout, clock: clock)
            return nil
        } catch { return error }
    }

    private static func key(_ id: String) throws -> RecordKey {
        RecordKey(
            RecordKind(code: 2000), in: try #require(Partition(bytes: [UInt8](repeating: 1, count: 16))),
            id: try #require(RecordID(Array(id.utf8))))
    }

    private static func create(_ id: String, on store: any AuthStore) async throws -> CommitOutcome {
        try await store.commit(
            CommitID(from: SystemRandomSource()), [.create(key(id), value: [1], expiresAt: nil)],
            at: Timestamp(seconds: 1))
    }

    // MARK: Where it is

    @Test(arguments: [
        "postgresql://[::1hunter2", "no such thing=hunter2",
        "postgresql://a/b?hunter2",
        "\u{0}",
    ])
    func aMalformedConnectionStringIsMisuseAndNotQuoted(_ url: String) async {
        let error = await Self.refusal(url)
        #expect(error?.code == .misuse)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test(arguments: ["postgresql://user:hunter2@host:port/db", "postgresql://user:a@hunter2:1/b@host/db"])
    func aPasswordIsNotQuotedEitherWhereLibpqDoes(_ url: String) async {
        #expect(await Self.refusal(url)?.description.contains("hunter2") == false)
    }

    @Test(arguments: ["", "Doorward", "a-b", "a;b", "pg_own", "1a", "a\"b", String(repeating: "a", count: 41)])
    func aSchemaThatIsNoPlainNameIsMisuse(_ schema: String) async throws {
        #expect(await Self.refusal(try await PostgreSQLServer.shared().url, schema: schema)?.code == .misuse)
    }

    @Test(arguments: [Duration.zero, .milliseconds(999), .seconds(-5), .seconds(3601), .seconds(Int64.max)])
    func aTimeOutThatNoServerCouldKeepToIsMisuse(_ timeout: Duration) async throws {
        let url = try await PostgreSQLServer.shared().url
        #expect(await Self.refusal(url, timeout: timeout)?.code == .misuse)
    }

    @Test func aServerThatIsNotThereIsUnavailable() async {
        for url in ["postgresql://127.0.0.1:1/db", "postgresql:///db?host=/nowhere"] {
            let error = await Self.refusal(url)
            #expect(error?.code == .unavailable)
            #expect(error?.reason.hasPrefix("cannot connect to PostgreSQL") == true)
        }
    }

    @Test func anOldServerIsRefusedByItsVersion() async throws {
        let server = try await PostgreSQLServer.shared()
        let proxy = try FaultProxy(to: server.port)
        let version = try await server.run("SHOW server_version")
        let number = try #require(version.split(separator: " ").first.map(String.init))
        proxy.rewrite(number, to: "13" + number.dropFirst(2))
        let error = await Self.refusal("postgresql://postgres@127.0.0.1:\(proxy.port)/postgres")
        #expect(error?.code == .unavailable)
        #expect(error?.reason.contains("too old") == true)
    }

    @Test func whatIsNoPostgreSQLIsUnavailable() async throws {
        let server = try await PostgreSQLServer.shared()
        let proxy = try FaultProxy(to: server.port)
        let garbage = try #require(proxy.faults.first { $0.kind == .garbageReply })
        try await garbage.begin()
        #expect(await Self.refusal("postgresql://postgres@127.0.0.1:\(proxy.port)/postgres")?.code == .unavailable)
    }

    // MARK: What is there

    @Test func aForeignSchemaIsRefusedAndLeftAlone() async throws {
        let server = try await PostgreSQLServer.shared()
        let schema = server.newSchema()
        try await server.run("CREATE SCHEMA \(schema); CREATE TABLE \(schema).records (mine int)")
        let error = await Self.refusal(server.url, schema: schema)
        #expect(error?.code == .unavailable)
        #expect(error?.reason.contains("another program") == true)
        #expect(
            try await server.run("SELECT count(*) FROM pg_class WHERE relnamespace = '\(schema)'::regnamespace") == "1")
    }

    @Test func aNewerAndADamagedVersionAreRefused() async throws {
        let server = try await PostgreSQLServer.shared()
        for edit in ["UPDATE $.doorward_schema SET version = 99", "UPDATE $.doorward_schema SET version = -1"] {
            let schema = server.newSchema()
            _ = try await PostgreSQLStore(server.url, schema: schema)
            try await server.run(edit.replacing("$", with: schema))
            #expect(await Self.refusal(server.url, schema: schema)?.reason.contains("version") == true)
        }
    }

    @Test(arguments: [
        "DROP TABLE $.counters", "DROP TABLE $.records CASCADE", "DROP FUNCTION $.commit_changes",
        "DROP FUNCTION $.increment_counter", "DROP TABLE $.partition_locks",
    ])
    func aMigrationThatWasCutShortIsRefused(_ edit: String) async throws {
        let server = try await PostgreSQLServer.shared()
        let schema = server.newSchema()
        _ = try await PostgreSQLStore(server.url, schema: schema)
        try await server.run(edit.replacing("$", with: schema))
        let error = await Self.refusal(server.url, schema: schema)
        #expect(error?.code == .unavailable)
        #expect(error?.reason.contains("missing") == true)
    }

    @Test func manyNodesThatStartAtOnceMigrateOnce() async throws {
        let server = try await PostgreSQLServer.shared()
        let schema = server.newSchema()
        let count = try await withThrowingTaskGroup(of: CommitOutcome.self) { group in
            for node in 0..<16 {
                group.addTask {
                    try await Self.create("n\(node)", on: PostgreSQLStore(server.url, schema: schema))
                }
            }
            return try await group.reduce(0) { $0 + ($1 == .committed ? 1 : 0) }
        }
        #expect(count == 16)
        #expect(try await server.run("SELECT count(*) FROM \(schema).doorward_schema") == "1")
    }

    @Test func missingPrivilegesAreNamedAndTheRightOnesAreEnough() async throws {
        let server = try await PostgreSQLServer.shared()
        let (schema, role) = (server.newSchema(), "role_" + server.newSchema())
        try await server.run("CREATE ROLE \(role) LOGIN; REVOKE CREATE ON DATABASE postgres FROM PUBLIC")
        let url = "postgresql://\(role)@127.0.0.1:\(server.port)/postgres"
        // It may not make the schema.
        let first = await Self.refusal(url, schema: schema)
        #expect(first?.code == .unavailable)
        #expect(first?.reason.contains("privilege") == true)
        // Somebody else makes it; it may not use the tables.
        _ = try await PostgreSQLStore(server.url, schema: schema)
        try await server.run("GRANT USAGE ON SCHEMA \(schema) TO \(role)")
        try await server.run("GRANT SELECT ON \(schema).doorward_schema TO \(role)")
        let second = await Self.refusal(url, schema: schema)
        #expect(second?.reason.contains("GRANT SELECT, INSERT, UPDATE, DELETE") == true)
        try await server.run("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \(schema) TO \(role)")
        let store = try await PostgreSQLStore(url, schema: schema)
        #expect(try await Self.create("a", on: store) == .committed)
        // They are taken away while it works, and come back.
        try await server.run("REVOKE INSERT ON \(schema).records FROM \(role)")
        await #expect(throws: StoreError(.unavailable, "")) { _ = try await Self.create("b", on: store) }
        try await server.run("GRANT INSERT ON \(schema).records TO \(role)")
        #expect(try await Self.create("b", on: store) == .committed)
    }

    @Test func aRoleThatOwnsAnEmptySchemaNeedsNothingElse() async throws {
        let server = try await PostgreSQLServer.shared()
        let (schema, role) = (server.newSchema(), "role_" + server.newSchema())
        try await server.run(
            "CREATE ROLE \(role) LOGIN; REVOKE CREATE ON DATABASE postgres FROM PUBLIC; CREATE SCHEMA \(schema) AUTHORIZATION \(role)"
        )
        let store = try await PostgreSQLStore(
            "postgresql://\(role)@127.0.0.1:\(server.port)/postgres", schema: schema)
        #expect(try await Self.create("a", on: store) == .committed)
    }

    /// What a commit is refused for comes after its rows.
    @Test func aCommitThatIsRefusedAtItsEndIsNotAcknowledged() async throws {
        let server = try await PostgreSQLServer.shared()
        let schema = server.newSchema()
        let store = try await PostgreSQLStore(server.url, schema: schema)
        #expect(try await Self.create("a", on: store) == .committed)
        try await server.run(
            "CREATE FUNCTION \(schema).refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'"
        )
        try await server.run(
            "CREATE CONSTRAINT TRIGGER auditor AFTER INSERT ON \(schema).records DEFERRABLE INITIALLY DEFERRED "
                + "FOR EACH ROW EXECUTE FUNCTION \(schema).refuse()")
        await #expect(throws: StoreError(.unavailable, "")) { _ = try await Self.create("b", on: store) }
        #expect(try await store.read([Self.key("b")], at: Timestamp(seconds: 1)) == [nil])
        try await server.run("DROP TRIGGER auditor ON \(schema).records")
        #expect(try await Self.create("b", on: store) == .committed)
    }

    /// As a pooler would, that gives sessions to others in between.
    @Test func sessionsThatForgotTheirStatementsAreReplaced() async throws {
        let server = try await PostgreSQLServer.shared()
        let schema = server.newSchema()
        let store = try await PostgreSQLStore(server.url, schema: schema)
        #expect(try await Self.create("a", on: store) == .committed)
        try await server.run(
            "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity WHERE application_name = 'doorward' AND position('\(schema).' in replace(query, '\"', '')) > 0"
        )
        #expect(try await Self.create("b", on: store) == .committed)
    }

    @Test func aSchemaThatGoesAndComesWhileItWorksIsUnavailableMeanwhile() async throws {
        let server = try await PostgreSQLServer.shared()
        let schema = server.newSchema()
        let store = try await PostgreSQLStore(server.url, schema: schema)
        #expect(try await Self.create("a", on: store) == .committed)
        try await server.run("ALTER SCHEMA \(schema) RENAME TO \(schema)_away")
        await #expect(throws: StoreError(.unavailable, "")) { _ = try await Self.create("b", on: store) }
        await #expect(throws: StoreError(.unavailable, "")) {
            _ = try await store.read([Self.key("a")], at: Timestamp(seconds: 1))
        }
        try await server.run("ALTER SCHEMA \(schema)_away RENAME TO \(schema)")
        #expect(try await Self.create("b", on: store) == .committed)
    }

    @Test func rowsOfAnotherShapeCannotBeStoredAndAreCorruptWhereTheyAre() async throws {
        let server = try await PostgreSQLServer.shared()
        let schema = server.newSchema()
        let store = try await PostgreSQLStore(server.url, schema: schema)
        for id in ["a", "b"] { _ = try await Self.create(id, on: store) }
        await #expect(throws: Tool.Missing.self) {
            try await server.run("UPDATE \(schema).records SET version = '\\x00' WHERE id = '\\x61'")
        }
        try await server.run(
            """
            ALTER TABLE \(schema).records DROP CONSTRAINT records_version_check;
            UPDATE \(schema).records SET version = '\\x00' WHERE id = '\\x61'
            """)
        let now = Timestamp(seconds: 1)
        await #expect(throws: StoreError(.corrupt, "")) { _ = try await store.read([Self.key("a")], at: now) }
        await #expect(throws: StoreError(.corrupt, "")) {
            _ = try await store.commit(
                CommitID(from: SystemRandomSource()), [.require(Self.key("a"), at: nil)], at: now)
        }
        #expect(try await store.read([Self.key("b")], at: now).first??.value == [1])
    }

    // MARK: What would break promises

    @Test(arguments: ["fsync=off", "full_page_writes=off"])
    func aServerThatWouldLoseCommitsIsRefused(_ setting: String) async throws {
        let server = try await PostgreSQLServer([setting])
        #expect(await Self.refusal(server.url)?.reason.contains("lose commits") == true)
    }

    /// Whatever a server, a database and a role are set to, sessions of ours are durable and READ COMMITTED.
    @Test func settingsOfTheServerAreOverridden() async throws {
        let server = try await PostgreSQLServer([
            "synchronous_commit=off", "default_transaction_isolation=serializable", "search_path=nowhere",
        ])
        try await server.run("ALTER ROLE postgres SET default_transaction_isolation = 'repeatable read'")
        let store = try await PostgreSQLStore(server.url)
        for check in StoreConformanceCheck.all where check.clause == 4 && !check.needsProcesses {
            try await check.run { StoreUnderTest(store) }
            try await server.run("DELETE FROM doorward.records")
        }
        // What a commit runs under, written down by a trigger.
        try await server.run(
            """
            CREATE TABLE public.seen (setting text);
            GRANT ALL ON public.seen TO PUBLIC;
            CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO public.seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
            CREATE TRIGGER see AFTER INSERT ON doorward.records EXECUTE FUNCTION public.see()
            """)
        #expect(try await Self.create("watched", on: store) == .committed)
        #expect(try await server.run("SELECT DISTINCT setting FROM public.seen") == "on")
    }

    /// A pooler that hands out sessions anew would forget the settings: the functions look again.
    @Test func anotherIsolationLevelIsRefusedByTheFunctionsThemselves() async throws {
        let server = try await PostgreSQLServer.shared()
        let schema = server.newSchema()
        _ = try await PostgreSQLStore(server.url, schema: schema)
        let call = "SELECT \(schema).commit_changes('\\x00', 1, 1, '\\x00', '{}', '{}', '{}', '{}', '{}', '{}')"
        #expect(try await server.run(call) == "-1")
        await #expect(throws: Tool.Missing.self) {
            try await server.run("BEGIN ISOLATION LEVEL REPEATABLE READ; \(call)")
        }
    }

    @Test func aReplicaIsRefusedUntilItIsPromoted() async throws {
        let primary = try await PostgreSQLServer()
        let store = try await PostgreSQLStore(primary.url)
        #expect(try await Self.create("a", on: store) == .committed)
        let replica = try await PostgreSQLServer.replica(of: primary)
        let error = await Self.refusal(replica.url)
        #expect(error?.code == .unavailable)
        #expect(error?.reason.contains("read-only") == true || error?.reason.contains("hot standby") == true)
        // Of several hosts, the one that takes writes is found.
        let both = "postgresql://postgres@127.0.0.1:\(replica.port),127.0.0.1:\(primary.port)/postgres"
        let either = try await PostgreSQLStore(both)
        #expect(try await Self.create("b", on: either) == .committed)
        try await primary.stop()
        await #expect(throws: StoreError.self) { _ = try await Self.create("c", on: either) }
        try await replica.run("SELECT pg_promote()")
        #expect(try await Self.create("c", on: either) == .committed)
    }

    // MARK: TLS

    @Test func aServerIsBelievedByItsCertificateAlone() async throws {
        let certificates = try await Certificates()
        let server = try await PostgreSQLServer(["ssl=on"]) { data in try certificates.install(in: data) }
        let good = "postgresql://postgres@localhost:\(server.port)/postgres?sslmode=verify-full&sslrootcert="
        let store = try await PostgreSQLStore(good + certificates.authority)
        #expect(try await Self.create("a", on: store) == .committed)
        let encrypted =
            "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'doorward'"
        #expect(try await server.run(encrypted) == "t")
        // Another authority, and a name that the certificate does not have.
        #expect(await Self.refusal(good + certificates.stranger)?.code == .unavailable)
        let address = good.replacing("localhost", with: "127.0.0.1") + certificates.authority
        #expect(await Self.refusal(address)?.reason.contains("does not match") == true)
    }

    // MARK: Clocks

    @Test(arguments: [-59, -5, 0, 5, 59]) func clocksWithinAMinuteAreGoodEnough(_ seconds: Int) async throws {
        let server = try await PostgreSQLServer.shared()
        let clock = OffsetClock(by: .seconds(seconds))
        #expect(await Self.refusal(server.url, schema: server.newSchema(), clock: clock) == nil)
    }

    @Test(arguments: [-3600, -62, 62, 3600]) func clocksAMinuteApartAreUnavailable(_ seconds: Int) async throws {
        let server = try await PostgreSQLServer.shared()
        let clock = OffsetClock(by: .seconds(seconds))
        let error = await Self.refusal(server.url, schema: server.newSchema(), clock: clock)
        #expect(error?.code == .unavailable)
        #expect(error?.reason.contains("clock") == true)
    }

    @Test func clocksSixSecondsApartAreAnEvent() async throws {
        let server = try await PostgreSQLServer.shared()
        let events = EventRecorder()
        let clock = OffsetClock(by: .seconds(8))
        _ = try await PostgreSQLStore(server.url, schema: server.newSchema(), clock: clock, events: [events])
        #expect(events.events.map(\.name) == [.clockApart])
    }
}

/// An authority with a certificate for `localhost`, and a stranger.
private struct Certificates {
    private let folder: TemporaryFolder
    var authority: String { folder.path + "/ca.crt" }
    var stranger: String { folder.path + "/stranger.crt" }

    init() async throws {
        folder = try TemporaryFolder()
        let openssl = try Tool("openssl")
        func run(_ words: String) async throws {
            let result = try await openssl.run(words.split(separator: " ").map(String.init), folder: folder.path)
            try #require(result.status == 0, "openssl \(words) failed")
        }
        for name in ["ca", "stranger"] {
            try await run(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=\(name) -keyout \(name).key -out \(name).crt"
            )
        }
        try await run(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout server.key -out server.csr"
        )
        try await run(
            "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copy -out server.crt"
        )
    }

    /// As PostgreSQL wants them: its own, and nobody else's.
    func install(in data: String) throws {
        let owner = try FileManager.default.attributesOfItem(atPath: data)
        for name in ["server.key", "server.crt"] {
            let target = data + "/" + name
            try FileManager.default.copyItem(atPath: folder.path + "/" + name, toPath: target)
            try FileManager.default.setAttributes(
                [
                    .posixPermissions: 0o600, .ownerAccountID: owner[.ownerAccountID] ?? 0,
                    .groupOwnerAccountID: owner[.groupOwnerAccountID] ?? 0,
                ], ofItemAtPath: target)
        }
    }
}
#endif
