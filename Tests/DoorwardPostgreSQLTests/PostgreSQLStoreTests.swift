// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
import DoorwardCore
import DoorwardPostgreSQL
import DoorwardTesting
import Foundation
import Synchronization
import Testing

@Suite(.enabled(if: PostgreSQLServer.isExpected, "PostgreSQL's server is not installed"), .timeLimit(.minutes(10)))
struct PostgreSQLStoreTests {
    @Test(arguments: StoreConformanceCheck.all.filter { $0.fault == nil })
    func conforms(to check: StoreConformanceCheck) async throws {
        let server = try await PostgreSQLServer.shared()
        let schema = server.newSchema()
        try await check.run {
            StoreUnderTest(
                try await PostgreSQLStore(server.url, schema: schema)
            ) {
                try await PostgreSQLStore(server.url, schema: schema)
            } elsewhere: {
                try await ProcessStore(
                    ChildProcess.path(beside: "DoorwardTestWorker"),
                    firstLine: "serve \(server.url) \(schema) - honest")
            }
        }
    }

    /// On tables that were split as the guide says, by its own words.
    @Test(arguments: StoreConformanceCheck.all.filter { $0.fault == nil && !$0.needsProcesses })
    func conformsOnTablesSplitByHash(to check: StoreConformanceCheck) async throws {
        let server = try await PostgreSQLServer.shared()
        let schema = server.newSchema()
        _ = try await PostgreSQLStore(server.url, schema: schema)
        let guide = try String(contentsOfFile: Self.guide, encoding: .utf8)
        let blocks = guide.split(separator: "```").filter { $0.hasPrefix("sql") && $0.contains("PARTITION BY HASH") }
        let script = String(try #require(blocks.first).dropFirst(3))
        try await server.run(script.replacing("doorward.", with: schema + "."))
        let kind = "SELECT relkind FROM pg_class WHERE oid = '\(schema).records'::regclass"
        try #require(try await server.run(kind) == "p")
        try await check.run {
            StoreUnderTest(try await PostgreSQLStore(server.url, schema: schema)) {
                try await PostgreSQLStore(server.url, schema: schema)
            }
        }
    }

    private static let guide = #filePath.replacing(
        "Tests/DoorwardPostgreSQLTests/PostgreSQLStoreTests.swift",
        with: "Sources/DoorwardPostgreSQL/Documentation.docc/DoorwardPostgreSQL.md")

    @Test(arguments: StoreConformanceCheck.all.filter { $0.fault == nil && !$0.needsProcesses })
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

/// With a server of their own, because they spoil it.
@Suite(
    .enabled(if: PostgreSQLServer.isExpected, "PostgreSQL's server is not installed"), .serialized,
    .timeLimit(.minutes(10)))
struct PostgreSQLFaultTests {
    private static let spoiled = Task { try await PostgreSQLServer() }

    @Test(arguments: StoreConformanceCheck.all.filter { $0.fault != nil && $0.fault != .diskFull })
    func conforms(to check: StoreConformanceCheck) async throws {
        let server = try await Self.spoiled.value
        let proxy = try FaultProxy(to: server.port)
        let schema = server.newSchema()
        let url = "postgresql://postgres@127.0.0.1:\(proxy.port)/postgres"
        let isChecked = try await check.run {
            StoreUnderTest(
                try await PostgreSQLStore(url, schema: schema, timeout: .seconds(3)),
                faults: proxy.faults + Self.faults(of: server, schema))
        }
        #expect(isChecked)
    }

    static func faults(of server: PostgreSQLServer, _ schema: String) -> [StoreFault] {
        let blocking = Mutex<Task<Void, Never>?>(nil)
        return [
            StoreFault(.stopped) {
                try await server.stop()
            } end: {
                try await server.start()
            },
            StoreFault(.readOnly) {
                try await server.run("ALTER SYSTEM SET default_transaction_read_only = on; SELECT pg_reload_conf()")
                while try await server.run("SHOW default_transaction_read_only") != "on" {}
            } end: {
                try await server.run("ALTER SYSTEM RESET default_transaction_read_only; SELECT pg_reload_conf()")
                while try await server.run("SHOW default_transaction_read_only") != "off" {}
            },
            StoreFault(.writesBlocked) {
                let name = "blocker_\(schema)"
                let task = Task {
                    _ = try? await server.run(
                        """
                        SET application_name = '\(name)'; BEGIN;
                        LOCK TABLE \(schema).records, \(schema).counters IN SHARE MODE; SELECT pg_sleep(600)
                        """)
                }
                blocking.withLock { $0 = task }
                let sleeping =
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name = '\(name)' AND wait_event = 'PgSleep'"
                while try await server.run(sleeping) != "1" {}
            } end: {
                try await server.run(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'blocker_\(schema)'"
                )
                await blocking.withLock { $0 }?.value
            },
        ]
    }

    @Test(
        .enabled(if: SmallDisk.isPossible, "only root can make a small disk"),
        arguments: StoreConformanceCheck.all.filter { $0.fault == .diskFull })
    func conformsOnADiskThatIsFull(to check: StoreConformanceCheck) async throws {
        let disk = try await SmallDisk(megabytes: 60)
        let server = try await PostgreSQLServer(dataIn: disk)
        try await check.run {
            StoreUnderTest(try await PostgreSQLStore(server.url), faults: [disk.fault])
        }
    }
}
#endif
