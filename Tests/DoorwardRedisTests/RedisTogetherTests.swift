// SPDX-License-Identifier: Apache-2.0

#if Redis
import DoorwardCore
import DoorwardRedis
import DoorwardTesting
import Testing

/// Reads that wait together are one command; each has its own answer all the same.
@Suite(.enabled(if: RedisServer.isExpected, "Redis is not installed"), .timeLimit(.minutes(5)))
struct RedisTogetherTests {
    private static let now = Timestamp(seconds: 1)

    /// Each in a partition of its own.
    private static func key(_ number: UInt8, _ id: UInt8 = 0) throws -> RecordKey {
        RecordKey(
            RecordKind(code: 2000),
            in: try #require(Partition(bytes: [number] + [UInt8](repeating: 0, count: 15))),
            id: try #require(RecordID([id])))
    }

    /// How the server calls the record of that key.
    private static func name(_ number: UInt8) -> String {
        "dw:{\(Hex.encode([number] + [UInt8](repeating: 0, count: 15)))}:r:07d0:00"
    }

    /// A store with a record of each number below sixteen, and another below every second one.
    private static func filled() async throws -> (RedisServer, RedisStore) {
        let server = try await RedisServer()
        let store = try await RedisStore(server.url, timeout: .seconds(3600))
        for number in 0..<UInt8(16) {
            var changes = [RecordChange.create(try key(number), value: [number], expiresAt: nil)]
            if number % 2 == 0 { changes.append(.create(try key(number, 1), value: [number, 1], expiresAt: nil)) }
            #expect(try await store.commit(CommitID(from: SystemRandomSource()), changes, at: now) == .committed)
        }
        return (server, store)
    }

    /// What 160 readers get of the sixteen, as many at once as there are.
    private static func readAll(_ store: RedisStore) async throws -> [UInt8: Set<Result<[UInt8]?, StoreError>>] {
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

    private static func expectReadTogether(_ server: RedisServer) async throws {
        let counts = try await server.run("info", "commandstats")
        #expect(counts.contains("cmdstat_mget"))
    }

    @Test func eachHasItsOwnRecordsInTheOrderOfItsKeys() async throws {
        let (server, store) = try await Self.filled()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in (0..<10).flatMap({ _ in 0..<UInt8(16) }) {
                let (first, second, third) = (try Self.key(number), try Self.key(number, 1), try Self.key(number, 2))
                group.addTask {
                    let record = try await store.read(first, at: Self.now)
                    #expect(record?.value == [number])
                }
                group.addTask {
                    let record = try await store.read(third, at: Self.now)
                    #expect(record == nil)
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
        try await Self.expectReadTogether(server)
    }

    /// A list looks to a command for many as if it were not there, and nobody's lock or session may vanish so.
    @Test(arguments: ["set", "lpush"])
    func whatIsNoRecordSpoilsItsOwnAnswerAloneAndIsNotAbsent(_ command: String) async throws {
        let (server, store) = try await Self.filled()
        try await server.run("del", Self.name(7))
        try await server.run(command, Self.name(7), "no record")
        for (number, answers) in try await Self.readAll(store) {
            #expect(answers == [number == 7 ? .failure(StoreError(.corrupt, "")) : .success([number])])
        }
        try await Self.expectReadTogether(server)
    }

    @Test func anothersRecordIsNobodys() async throws {
        let (server, store) = try await Self.filled()
        try await server.run("copy", Self.name(3), Self.name(7), "replace")
        for (number, answers) in try await Self.readAll(store) {
            #expect(answers == [number == 7 ? .failure(StoreError(.corrupt, "")) : .success([number])])
        }
    }

    @Test func whatIsRefusedTogetherIsAnsweredToEachAndAllIsWellAfterwards() async throws {
        let (server, store) = try await Self.filled()
        // Each is then asked for by itself, and has its answer.
        try await server.run("acl", "setuser", "default", "-mget")
        for (number, answers) in try await Self.readAll(store) { #expect(answers == [.success([number])]) }
        try await server.run("acl", "setuser", "default", "-get")
        for answers in try await Self.readAll(store).values {
            #expect(answers == [.failure(StoreError(.unavailable, ""))])
        }
        try await server.run("acl", "setuser", "default", "+get", "+mget")
        for (number, answers) in try await Self.readAll(store) { #expect(answers == [.success([number])]) }
    }
}
#endif
