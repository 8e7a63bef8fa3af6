// SPDX-License-Identifier: Apache-2.0

#if Redis
import DoorwardCore
import DoorwardRedis
import DoorwardTesting
import Testing

/// What a server may be, instead of a good one: a typed error that says what to do, and recovery without restart.
@Suite(.enabled(if: RedisServer.isExpected, "Redis is not installed"), .timeLimit(.minutes(10)))
struct RedisServerTests {
    /// The error of opening a store.
    private static func refusal(
        _ url: String, durability: RedisDurability = .everyCommit, timeout: Duration = .seconds(20),
        clock: any WallClock = .system
    ) async -> StoreError? {
        do throws(StoreError) {
            _ = try await RedisStore(url, durability: durability, timeout: timeout, clock: clock)
            return nil
        } catch { return error }
    }

    private static func key(_ id: String) throws -> RecordKey {
        RecordKey(
            RecordKind(code: 2000), in: try #require(Partition(bytes: [UInt8](repeating: 0x7D, count: 16))),
            id: try #require(RecordID(Array(id.utf8))))
    }

    private static func create(_ id: String, on store: any AuthStore) async throws -> CommitOutcome {
        try await store.commit(
            CommitID(from: SystemRandomSource()), [.create(key(id), value: [1], expiresAt: nil)],
            at: Timestamp(seconds: 1))
    }

    // MARK: Where it is

    @Test(arguments: [
        "redis://", "redis:///1", "redis://host:port", "redis://host:0", "redis://host/one", "redis://host/-1",
        "redis://host/1/2", "redis://host?a=b", "redis://user@host", "redis://:hunter2@host:x", "http://host",
        "redis://a,b", "rediss://host", "redis://ho st",
    ])
    func aMalformedURLIsMisuseAndNotQuoted(_ url: String) async {
        let error = await Self.refusal(url)
        #expect(error?.code == .misuse)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test(arguments: [Duration.zero, .milliseconds(999), .seconds(-5), .seconds(3601), .seconds(Int64.max)])
    func aTimeOutThatNoServerCouldKeepToIsMisuse(_ timeout: Duration) async throws {
        let url = try await RedisServer.shared().url
        #expect(await Self.refusal(url, timeout: timeout)?.code == .misuse)
    }

    @Test func aServerThatIsNotThereIsUnavailable() async {
        for url in ["redis://127.0.0.1:1", "redis://nowhere.invalid"] {
            #expect(await Self.refusal(url)?.reason.hasPrefix("cannot connect to Redis") == true)
        }
    }

    @Test func anOldServerIsRefusedByItsVersion() async throws {
        let proxy = try FaultProxy(to: try await RedisServer.shared().port)
        proxy.rewrite("redis_version:7", to: "redis_version:6")
        #expect(await Self.refusal("redis://127.0.0.1:\(proxy.port)")?.reason.contains("too old") == true)
    }

    @Test func whatIsNoRedisIsUnavailable() async throws {
        let proxy = try FaultProxy(to: try await RedisServer.shared().port)
        let garbage = try #require(proxy.faults.first { $0.kind == .garbageReply })
        try await garbage.begin()
        #expect(await Self.refusal("redis://127.0.0.1:\(proxy.port)")?.code == .unavailable)
    }

    // MARK: Who may

    @Test func passwordsAndUsersAreCheckedAndNamed() async throws {
        let server = try await RedisServer(["--requirepass", "open sesame"])
        #expect(await Self.refusal(server.url)?.reason.contains("password") == true)
        #expect(await Self.refusal("redis://:wrong@127.0.0.1:\(server.port)")?.reason.contains("password") == true)
        #expect(await Self.refusal("redis://:open%20sesame@127.0.0.1:\(server.port)") == nil)
    }

    @Test func aUserWithoutPermissionsIsToldSo() async throws {
        let server = try await RedisServer()
        try await server.run("acl", "setuser", "door", "on", ">secret", "~*", "+@all", "-config", "-evalsha")
        let url = "redis://door:secret@127.0.0.1:\(server.port)"
        #expect(await Self.refusal(url)?.reason.contains("CONFIG GET") == true)
        let store = try await RedisStore(url, durability: .everySecond)
        await #expect(throws: StoreError(.unavailable, "")) { _ = try await Self.create("a", on: store) }
        try await server.run("acl", "setuser", "door", "+evalsha")
        #expect(try await Self.create("a", on: store) == .committed)
    }

    // MARK: What would break promises

    @Test(arguments: [
        (["--appendonly", "no"], "append-only"), (["--appendfsync", "everysec"], "appendfsync"),
        (["--no-appendfsync-on-rewrite", "yes"], "appendfsync"), (["--maxmemory-policy", "allkeys-lru"], "evict"),
        (["--replicaof", "127.0.0.1 1"], "replica"),
    ])
    func aServerThatWouldBreakPromisesIsRefused(_ settings: [String], _ word: String) async throws {
        let server = try await RedisServer(settings)
        let error = await Self.refusal(server.url)
        #expect(error?.code == .unavailable)
        #expect(error?.reason.contains(word) == true)
    }

    @Test func aNodeOfAClusterIsRefusedClearly() async throws {
        let node = try await RedisServer.clusterNode()
        #expect(await Self.refusal(node.url)?.reason.contains("a cluster is not supported") == true)
    }

    @Test func weakerDurabilityIsAcceptedByNameAlone() async throws {
        let secondly = try await RedisServer(["--appendfsync", "everysec"])
        #expect(await Self.refusal(secondly.url, durability: .everySecond) == nil)
        let forgetful = try await RedisServer(["--appendonly", "no"])
        #expect(await Self.refusal(forgetful.url, durability: .everySecond) != nil)
        #expect(await Self.refusal(forgetful.url, durability: .none) == nil)
    }

    @Test func aServerThatBecomesAReplicaIsNotReadFrom() async throws {
        let server = try await RedisServer()
        let store = try await RedisStore(server.url)
        #expect(try await Self.create("a", on: store) == .committed)
        try await server.run("replicaof", "127.0.0.1", "1")
        await #expect(throws: StoreError(.unavailable, "")) { _ = try await Self.create("b", on: store) }
        #expect(await Self.refusal(server.url)?.reason.contains("replica") == true)
        try await server.run("replicaof", "no", "one")
        #expect(try await Self.create("b", on: store) == .committed)
    }

    // MARK: Scripts, memory, values

    @Test func scriptsThatWereForgottenAreLoadedAgain() async throws {
        let server = try await RedisServer()
        let store = try await RedisStore(server.url)
        for round in 0..<10 {
            try await server.run("script", "flush")
            // Many at once: those that come together are told together.
            let outcomes = try await withThrowingTaskGroup(of: CommitOutcome.self) { group in
                for number in 0..<20 { group.addTask { try await Self.create("\(round).\(number)", on: store) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(!outcomes.contains { $0 != .committed })
        }
    }

    @Test func onAFullServerPeopleCanStillSignOut() async throws {
        let server = try await RedisServer()
        let store = try await RedisStore(server.url)
        #expect(try await Self.create("a", on: store) == .committed)
        try await server.run("config", "set", "maxmemory", "1")
        do {
            _ = try await Self.create("b", on: store)
            Issue.record("a full server took a record")
        } catch let error as StoreError {
            #expect(error.code == .unavailable)
            #expect(error.reason.contains("full"))
        }
        let removal = try await store.commit(
            CommitID(from: SystemRandomSource()), [.remove(Self.key("a"), at: nil)], at: Timestamp(seconds: 1))
        #expect(removal == .committed)
    }

    /// Replies name no keys: were they out of step with requests, each would look like an answer.
    @Test func anotherKeysRecordIsCorruptAlsoAmongManyAndInLists() async throws {
        let server = try await RedisServer()
        let store = try await RedisStore(server.url)
        let now = Timestamp(seconds: 1)
        for id in ["a", "b", "c"] { _ = try await Self.create(id, on: store) }
        let name = "dw:{" + String(repeating: "7d", count: 16) + "}:r:07d0:"
        try await server.run("copy", name + "61", name + "62", "replace")
        let (a, b, c) = (try Self.key("a"), try Self.key("b"), try Self.key("c"))
        for keys in [[b], [a, b, c]] {
            await #expect(throws: StoreError(.corrupt, "")) { _ = try await store.read(keys, at: now) }
        }
        await #expect(throws: StoreError(.corrupt, "")) { _ = try await store.read(b, at: now) }
        await #expect(throws: StoreError(.corrupt, "")) {
            _ = try await store.list(a.kind, in: a.partition, after: nil, limit: 10, at: now)
        }
        #expect(try await store.read([a, c], at: now).map { $0?.key } == [a, c])
        #expect(try await store.scan(after: nil, limit: 10).map(\.key.id) == [a.id, c.id])
    }

    @Test func valuesThatAreNoRecordsAreCorruptAndLeftAlone() async throws {
        let server = try await RedisServer()
        let store = try await RedisStore(server.url)
        let now = Timestamp(seconds: 1)
        for id in ["a", "b", "c"] { _ = try await Self.create(id, on: store) }
        let name = "dw:{" + String(repeating: "7d", count: 16) + "}:r:07d0:"
        try await server.run("set", name + "61", "short")
        try await server.run("del", name + "62")
        try await server.run("lpush", name + "62", "a list")
        for id in ["a", "b"] {
            await #expect(throws: StoreError(.corrupt, "")) { _ = try await store.read([Self.key(id)], at: now) }
            await #expect(throws: StoreError(.corrupt, "")) { _ = try await Self.create(id, on: store) }
        }
        #expect(try await store.read([Self.key("c")], at: now).first??.value == [1])
        #expect(try await store.scan(after: nil, limit: 10).map(\.key) == [Self.key("c")])
        #expect(try await server.run("get", name + "61") == "short")
    }

    /// What a cluster would need, shown by one: all keys of a commit hash to one slot, whatever the ids.
    @Test func allKeysOfACommitAreInOneSlot() async throws {
        let server = try await RedisServer()
        let store = try await RedisStore(server.url)
        for id in ["", "a", "}", "{b}", "\u{0}"] { _ = try await Self.create(id, on: store) }
        let key = try Self.key("n")
        _ = try await store.increment(
            key, by: 1, ceiling: nil, expiresAt: Timestamp(seconds: 9), at: Timestamp(seconds: 1))
        let names = try await server.run("keys", "*").split(separator: "\n").map(String.init)
        #expect(names.count == 7)  // five records, a set of ids, a counter
        let node = try await RedisServer.clusterNode()
        var slots = Set<String>()
        for name in names { slots.insert(try await node.run("cluster", "keyslot", name)) }
        #expect(slots.count == 1)
    }

    // MARK: Clocks

    @Test(arguments: [-59, 59]) func clocksWithinAMinuteAreGoodEnough(_ seconds: Int) async throws {
        let clock = OffsetClock(by: .seconds(seconds))
        #expect(await Self.refusal(try await RedisServer.shared().url, clock: clock) == nil)
    }

    @Test(arguments: [-62, 62]) func clocksAMinuteApartAreUnavailable(_ seconds: Int) async throws {
        let clock = OffsetClock(by: .seconds(seconds))
        let error = await Self.refusal(try await RedisServer.shared().url, clock: clock)
        #expect(error?.reason.contains("clock") == true)
    }

    @Test func aClockThatStepsIsComparedAtOnceAndTrustedAgainWhenItIsRight() async throws {
        let clock = OffsetClock()
        let store = try await RedisStore(try await RedisServer.shared().newDatabase(), clock: clock)
        #expect(try await Self.create("a", on: store) == .committed)
        for step in [-50, 50] {
            clock.step(by: .seconds(step))
            #expect(try await Self.create("b\(step)", on: store) == .committed)
            clock.step(by: .seconds(step))
            await #expect(throws: StoreError(.unavailable, "")) { _ = try await Self.create("c", on: store) }
            clock.step(by: .seconds(-2 * step))
            #expect(try await Self.create("d\(step)", on: store) == .committed)
        }
    }

    /// Redis asks for permission at each command of a script, after the ones before have been done.
    @Test(arguments: ["set", "zadd", "zrem", "del"])
    func aUserWhoMayDoHalfOfACommitDoesNothing(_ command: String) async throws {
        let server = try await RedisServer()
        try await server.run("acl", "setuser", "door", "on", ">secret", "~*", "+@all", "-" + command)
        let store = try await RedisStore("redis://door:secret@127.0.0.1:\(server.port)")
        let good = try await RedisStore(server.url)
        _ = try await Self.create("old", on: good)
        let version = try #require(try await good.read([Self.key("old")], at: Timestamp(seconds: 1)).first??.version)
        let changes: [RecordChange] = [
            .create(try Self.key("new"), value: [1], expiresAt: nil),
            .replace(try Self.key("old"), at: version, value: [2], expiresAt: nil),
            .remove(try Self.key("gone"), at: nil),
        ]
        await #expect(throws: StoreError(.unavailable, "")) {
            _ = try await store.commit(CommitID(from: SystemRandomSource()), changes, at: Timestamp(seconds: 1))
        }
        let records = try await good.scan(after: nil, limit: 9)
        let old = try Self.key("old")
        #expect(records.map(\.value) == [[1]])
        #expect(records.map(\.key) == [old])
    }

    @Test func aStrangersKeyDoesNotStopAPurge() async throws {
        let server = try await RedisServer()
        let store = try await RedisStore(server.url)
        try await server.run("lpush", "dw:{x}:r:y", "a list")
        let now = SystemWallClock().now()
        for number in 0..<5 {
            _ = try await store.commit(
                CommitID(from: SystemRandomSource()),
                [.create(Self.key("\(number)"), value: [1], expiresAt: now.advanced(by: .seconds(-7200)))],
                at: Timestamp(seconds: 1))
        }
        try await server.run("script", "flush")
        #expect(try await store.purge(expiredBefore: now, limit: 100) == 5)
    }

    @Test func aServerThatIsNoLongerDurableIsNoticedWithTheClock() async throws {
        let server = try await RedisServer()
        let clock = OffsetClock()
        let store = try await RedisStore(server.url, clock: clock)
        #expect(try await Self.create("a", on: store) == .committed)
        try await server.run("config", "set", "appendfsync", "no")
        clock.step(by: .seconds(6))
        await #expect(throws: StoreError(.unavailable, "")) { _ = try await Self.create("b", on: store) }
        try await server.run("config", "set", "appendfsync", "always")
        #expect(try await Self.create("b", on: store) == .committed)
    }
}
#endif
