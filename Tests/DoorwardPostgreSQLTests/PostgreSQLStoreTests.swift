// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
import DoorwardCore
import DoorwardPostgreSQL
import DoorwardTesting
import Testing

@Suite(.enabled(if: PostgreSQLServer.isExpected, "PostgreSQL's server is not installed"), .timeLimit(.minutes(5)))
struct PostgreSQLStoreTests {
    @Test(arguments: StoreConformanceCheck.all)
    func conforms(to check: StoreConformanceCheck) async throws {
        let server = try await PostgreSQLServer.shared()
        let schema = server.newSchema()
        try await check.run {
            StoreUnderTest(try await PostgreSQLStore(server.url, schema: schema)) {
                try await PostgreSQLStore(server.url, schema: schema)
            }
        }
    }

    @Test(arguments: StoreConformanceCheck.all)
    func conformsWhereAdvisoryLocksDoNotLock(to check: StoreConformanceCheck) async throws {
        let server = try await PostgreSQLServer.shared()
        let schema = server.newSchema()
        try await check.run {
            StoreUnderTest(
                try await PostgreSQLStore(
                    server.url, schema: schema, timeout: .seconds(5), clock: .system, events: [], locksRows: true)
            ) {
                // That rows are locked is written in the schema.
                try await PostgreSQLStore(server.url, schema: schema)
            }
        }
    }
}
#endif
