// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import Foundation
import Glibc
import Synchronization

/// A throw-away Redis server on the loopback, from the machine's own packages.
public final class RedisServer: Sendable {
    /// Whether the tests should use one. Where none is installed, they are skipped at a desk and fail in CI.
    public static var isExpected: Bool { Tool.isExpected("redis-server") }

    /// One for all tests of this process, started when first asked for.
    public static func shared() async throws -> RedisServer { try await sharedTask.value }
    private static let sharedTask = Task { try await RedisServer() }

    public let port: Int
    /// Its data and log.
    public let folder: String
    private let settings: [String]
    private let process = ServerSlot()
    private let databases = Atomic<Int>(1)
    private static let databaseCount = 20_000

    /// Makes and starts one that is as durable as a store demands.
    ///
    /// - Parameter settings: As on its command line, such as `--appendonly no`.
    public init(_ settings: [String] = []) async throws {
        port = try freePort()
        folder = try ServerFolder.make()
        self.settings = settings
        try await start()
    }

    deinit {
        process.fill(nil)
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// One in cluster mode, alone.
    public static func clusterNode() async throws -> RedisServer {
        // By default the bus is ten thousand ports further on, where there may be none.
        try await RedisServer([
            "--cluster-enabled", "yes", "--cluster-port", "\(try freePort())", "--databases", "1",
        ])
    }

    public var url: String { "redis://127.0.0.1:\(port)" }

    /// The URL of a database that nobody has used.
    public func newDatabase() -> String {
        "\(url)/\(databases.wrappingAdd(1, ordering: .relaxed).oldValue % Self.databaseCount)"
    }

    public func start() async throws {
        let command =
            [
                "redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--dir", folder, "--save", "",
                "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction",
                "--databases", "\(Self.databaseCount)",
            ] + settings
        let process = try await ServerProcess.start(command, folder: folder)
        self.process.fill(process)
        try await waitUntil("Redis is ready") {
            let reply = try await Tool("redis-cli").run(["-p", "\(self.port)", "ping"]).output
            // One that wants a password answers too.
            return reply.hasPrefix("PONG") || reply.hasPrefix("NOAUTH")
        }
    }

    public func stop() async throws { try await process.end(by: SIGTERM) }

    /// At once, as by the kernel.
    public func crash() async throws { try await process.end(by: SIGKILL) }

    /// Runs a command by `redis-cli`.
    @discardableResult
    public func run(_ words: String..., database: Int = 0) async throws -> String {
        let result = try await Tool("redis-cli").run(["-p", "\(port)", "-n", "\(database)"] + words)
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
