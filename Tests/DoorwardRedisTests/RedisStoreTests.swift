// SPDX-License-Identifier: Apache-2.0

#if Redis
import DoorwardCore
import DoorwardRedis
import DoorwardTesting
import Testing

@Suite(.enabled(if: RedisServer.isExpected, "Redis is not installed"), .timeLimit(.minutes(5)))
struct RedisStoreTests {
    @Test(arguments: StoreConformanceCheck.all)
    func conforms(to check: StoreConformanceCheck) async throws {
        let url = try await RedisServer.shared().newDatabase()
        try await check.run {
            StoreUnderTest(try await RedisStore(url)) { try await RedisStore(url) }
        }
    }
}
#endif
