// SPDX-License-Identifier: Apache-2.0

#if Redis
import DoorwardCore
import DoorwardRedis
import DoorwardTesting
import Testing

@Suite(.enabled(if: RedisServer.isExpected, "Redis is not installed"), .timeLimit(.minutes(10)))
struct RedisStoreTests {
    @Test(arguments: StoreConformanceCheck.all.filter { $0.fault == nil })
    func conforms(to check: StoreConformanceCheck) async throws {
        let url = try await RedisServer.shared().newDatabase()
        try await check.run {
            StoreUnderTest(
                try await RedisStore(url)
            ) {
                try await RedisStore(url)
            } elsewhere: {
                try await ProcessStore(
                    ChildProcess.path(beside: "DoorwardTestWorker"), firstLine: "serve \(url) - - honest")
            }
        }
    }
}

/// With a server of their own, because they spoil it.
@Suite(.enabled(if: RedisServer.isExpected, "Redis is not installed"), .serialized, .timeLimit(.minutes(10)))
struct RedisFaultTests {
    @Test(arguments: StoreConformanceCheck.all.filter { $0.fault != nil })
    func conforms(to check: StoreConformanceCheck) async throws {
        let server = try await RedisServer()
        let proxy = try FaultProxy(to: server.port)
        let isChecked = try await check.run {
            StoreUnderTest(
                try await RedisStore("redis://127.0.0.1:\(proxy.port)", timeout: .seconds(3)),
                faults: proxy.faults + Self.faults(of: server))
        }
        #expect(isChecked)
    }

    static func faults(of server: RedisServer) -> [StoreFault] {
        [
            StoreFault(.stopped) {
                try await server.stop()
            } end: {
                try await server.start()
            },
            // It has its data in memory, so that is what is full; a failing disk ends it.
            StoreFault(.diskFull) {
                try await server.run("config", "set", "maxmemory", "1")
            } end: {
                try await server.run("config", "set", "maxmemory", "0")
            },
            StoreFault(.readOnly) {
                try await server.run("replicaof", "127.0.0.1", "1")
            } end: {
                try await server.run("replicaof", "no", "one")
            },
            StoreFault(.writesBlocked) {
                try await server.run("client", "pause", "1000000", "write")
            } end: {
                try await server.run("client", "unpause")
            },
        ]
    }
}
#endif
