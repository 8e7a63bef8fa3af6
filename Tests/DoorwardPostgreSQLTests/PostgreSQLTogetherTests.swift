// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
import DoorwardCore
import DoorwardPostgreSQL
import DoorwardTesting
import Testing

/// Reads that wait together are one statement; each has its own answer all the same.
@Suite(.enabled(if: PostgreSQLServer.isExpected, "PostgreSQL's server is not installed"), .timeLimit(.minutes(5)))
struct PostgreSQLTogetherTests {
    private static let now = Timestamp(seconds: 1)

    /// Each in a partition of its own.
    private static func key(_ number: UInt8, _ id: UInt8 = 0) throws -> RecordKey {
        RecordKey(
            RecordKind(code: 2000 + UInt16(number)),
            in: try #require(Partition(bytes: [UInt8](repeating: number, count: 16))), id: try #require(RecordID([id])))
    }

    /// A store with a record of each number below sixteen, and another below every second one.
    private static func filled(_ whileEmpty: (PostgreSQLServer, String) async throws -> Void = { _, _ in })
        async throws -> (PostgreSQLServer, schema: String, PostgreSQLStore)
    {
        let server = try await PostgreSQLServer.shared()
        let schema = server.newSchema()
        let store = try await PostgreSQLStore(server.url, schema: schema, timeout: .seconds(3600))
        try await whileEmpty(server, schema)
        for number in 0..<UInt8(16) {
            var changes = [RecordChange.create(try key(number), value: [number], expiresAt: nil)]
            if number % 2 == 0 { changes.append(.create(try key(number, 1), value: [number, 1], expiresAt: nil)) }
            #expect(try await store.commit(CommitID(from: SystemRandomSource()), changes, at: now) == .committed)
        }
        return (server, schema, store)
    }

    /// What 160 readers get of the sixteen, as many at once as there are.
    private static func readAll(_ store: PostgreSQLStore) async throws -> [UInt8: Set<Result<[UInt8]?, StoreError>>] {
        try await withThrowingTaskGroup(of: (UInt8, Result<[UInt8]?, StoreError>).self) { group in
            for number in (0..<10).flatMap({ _ in 0..<UInt8(16) }) {
                let key = try key(number)
                group.addTask {
                    do throws(StoreError) {
                        return (number, .success(try await store.read(key, at: now)?.value))
                    } catch { return (number, .failure(error)) }
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0, default: []].insert($1.1) }
        }
    }

    @Test func eachHasItsOwnRecordsInTheOrderOfItsKeys() async throws {
        let (_, _, store) = try await Self.filled()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in (0..<10).flatMap({ _ in 0..<UInt8(16) }) {
                let (first, second, third) = (try Self.key(number), try Self.key(number, 1), try Self.key(number, 2))
                group.addTask {
                    let record = try await store.read(first, at: Self.now)
                    #expect(record?.value == [number])
                }
                group.addTask {
                    let records = try await store.read([third, second, first], at: Self.now)
                    #expect(records.map { $0?.key } == [nil, number % 2 == 0 ? second : nil, first])
                    #expect(records[1]?.value == (number % 2 == 0 ? [number, 1] : nil))
                    #expect(records[2]?.value == [number])
                }
            }
            try await group.waitForAll()
        }
    }

    /// A plan is kept, so one that reads everything, since there was nothing, would be kept too.
    @Test(arguments: [0, 3]) func recordsAreLookedUpByTheirKeysHoweverFewThereSeemedToBe(_ count: Int) async throws {
        let (server, schema, store) = try await Self.filled { server, schema in
            try await server.run(
                """
                INSERT INTO \(schema).records
                SELECT decode(repeat('ff', 16), 'hex'), n, '', '', decode(repeat('00', 16), 'hex'), NULL
                FROM generate_series(1, \(count)) AS n
                """)
            try await server.run("VACUUM ANALYZE \(schema).records")
        }
        var query = ""
        for _ in 0..<100 where query.isEmpty {
            _ = try await Self.readAll(store)
            query = try await server.run(
                """
                SELECT regexp_replace(query, '\\s+', ' ', 'g') FROM pg_stat_activity
                WHERE query LIKE 'SELECT%WITH ORDINALITY%\(schema)"%' AND pid <> pg_backend_pid() LIMIT 1
                """)
        }
        let plan = try await server.run(
            """
            \(PostgreSQLStore.planSettings) PREPARE points AS \(query);
            EXPLAIN EXECUTE points ('{}', '{}', '{}')
            """)
        #expect(
            plan.contains("Index Cond: ((partition = wanted.place) AND (kind = wanted.sort) AND (id = wanted.name))"))
    }

    @Test func aRowThatIsNoRecordSpoilsItsOwnAnswerAlone() async throws {
        let (server, schema, store) = try await Self.filled()
        try await server.run(
            """
            ALTER TABLE \(schema).records DROP CONSTRAINT records_version_check;
            UPDATE \(schema).records SET version = '\\x00' WHERE kind = 2007
            """)
        for (number, answers) in try await Self.readAll(store) {
            #expect(answers == [number == 7 ? .failure(StoreError(.corrupt, "")) : .success([number])])
        }
    }

    /// As a page of the disk would be that is damaged, or cannot be read at all.
    @Test(arguments: [("XX001", StoreError.Code.corrupt), ("58030", .unavailable)])
    func whatTheServerCannotReadSpoilsItsOwnAnswerAlone(_ state: String, _ code: StoreError.Code) async throws {
        let (server, schema, store) = try await Self.filled()
        try await server.run(
            """
            CREATE FUNCTION \(schema).readable(kind integer) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$ BEGIN
                IF kind = 2007 THEN RAISE EXCEPTION 'damaged' USING ERRCODE = '\(state)'; END IF;
                RETURN true;
            END $$;
            ALTER TABLE \(schema).records RENAME TO stored;
            CREATE VIEW \(schema).records AS SELECT * FROM \(schema).stored WHERE \(schema).readable(kind)
            """)
        for (number, answers) in try await Self.readAll(store) {
            #expect(answers == [number == 7 ? .failure(StoreError(code, "")) : .success([number])])
        }
    }

    @Test func whatIsRefusedTogetherIsAnsweredToEachAndAllIsWellAfterwards() async throws {
        let (server, schema, store) = try await Self.filled()
        try await server.run("ALTER TABLE \(schema).records RENAME TO stored")
        for answers in try await Self.readAll(store).values {
            #expect(answers == [.failure(StoreError(.unavailable, ""))])
        }
        try await server.run("ALTER TABLE \(schema).stored RENAME TO records")
        for (number, answers) in try await Self.readAll(store) { #expect(answers == [.success([number])]) }
    }
}
#endif
