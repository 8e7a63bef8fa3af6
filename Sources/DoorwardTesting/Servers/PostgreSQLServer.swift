// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import Foundation
import Glibc
import Synchronization

/// A throw-away PostgreSQL server on the loopback, from the machine's own packages.
public final class PostgreSQLServer: Sendable {
    /// Whether the tests should use one. Where none is installed, they are skipped at a desk and fail in CI.
    public static var isExpected: Bool {
        folder != nil || ProcessInfo.processInfo.environment["CI"] == "true"
    }

    /// One for all tests of this process, started when first asked for.
    public static func shared() async throws -> PostgreSQLServer { try await sharedTask.value }
    private static let sharedTask = Task { try await PostgreSQLServer() }

    public let port: Int
    /// Its data, log and socket.
    public let folder: String
    private let data: String
    private let settings: [String]
    private let process = ServerSlot()
    private let schemas = Atomic<Int>(0)

    private static let folder: String? = {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        let newest = versions.sorted { ($0 as NSString).doubleValue < ($1 as NSString).doubleValue }
        return newest.last { FileManager.default.isExecutableFile(atPath: "\(root)/\($0)/bin/postgres") }
            .map { "\(root)/\($0)/bin" }
    }()

    /// Makes and starts one.
    ///
    /// - Parameters:
    ///   - settings: Lines of `postgresql.conf`, such as `max_connections=10`.
    ///   - prepare: Called with the data folder before the first start.
    public convenience init(_ settings: [String] = [], prepare: (String) async throws -> Void = { _ in }) async throws {
        try await self.init(settings, prepare: prepare) { data, _ in try Self.initdb(data) }
    }

    /// One whose tables are on a small disk, and its log of changes beside it.
    public convenience init(dataIn disk: SmallDisk) async throws {
        try await self.init(dataFolder: disk.folder + "/data") { data, folder in
            try Self.initdb(data) + ["-X", folder + "/wal"]
        }
    }

    private static func initdb(_ data: String) throws -> [String] {
        ["\(try binaries())/initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C"]
    }

    /// A replica of another server, which follows it and takes no writes.
    public static func replica(of primary: PostgreSQLServer) async throws -> PostgreSQLServer {
        try await PostgreSQLServer { data, _ in
            [
                "\(try binaries())/pg_basebackup", "-h", "127.0.0.1", "-p", "\(primary.port)", "-U", "postgres", "-D",
                data,
                "-R", "-c", "fast",
            ]
        }
    }

    /// - Parameter make: The command that makes the data, in the first of two folders.
    private init(
        _ settings: [String] = [], dataFolder: String? = nil, prepare: (String) async throws -> Void = { _ in },
        make: (String, String) throws -> [String]
    ) async throws {
        port = try freePort()
        folder = try ServerFolder.make()
        data = dataFolder ?? folder + "/data"
        self.settings = settings
        try ServerFolder.giveAway(folder)
        let result = try await Self.run(try make(data, folder))
        guard result.status == 0 else { throw Tool.Missing(description: "initdb failed: \(result.output)") }
        try await prepare(data)
        try await start()
    }

    deinit {
        process.fill(nil)
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func binaries() throws -> String {
        guard let folder else { throw Tool.Missing(description: "PostgreSQL's server is not installed") }
        return folder
    }

    /// PostgreSQL refuses to be root.
    private static var asItself: [String] {
        geteuid() == 0 ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
    }

    private static func run(_ command: [String]) async throws -> Tool.Result {
        let command = asItself + command
        return try await Tool.run(command[0], Array(command.dropFirst()), input: nil)
    }

    /// Where it is: as the superuser, by TCP.
    public var url: String { "postgresql://postgres@127.0.0.1:\(port)/postgres" }

    /// The name of a schema that nobody has used.
    public func newSchema() -> String {
        "store\(schemas.wrappingAdd(1, ordering: .relaxed).oldValue)"
    }

    /// The URL of a database that nobody has used.
    public func newDatabase() async throws -> String {
        let name = newSchema()
        try await run("CREATE DATABASE \(name)")
        return "postgresql://postgres@127.0.0.1:\(port)/\(name)"
    }

    public func start() async throws {
        let command =
            Self.asItself + [
                "\(try Self.binaries())/postgres", "-D", data, "-p", "\(port)",
                "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=\(folder)",
                "-c", "max_connections=500", "-c", "shared_buffers=64MB", "-c", "dynamic_shared_memory_type=mmap",
            ] + settings.flatMap { ["-c", $0] }
        let ready = "\(try Self.binaries())/pg_isready"
        // After a crash the memory of the old one may still be attached for a moment.
        try await waitUntil("PostgreSQL is ready") {
            let process = try await ServerProcess.start(command, folder: self.folder)
            self.process.fill(process)
            for _ in 0..<500 {
                let arguments = ["-q", "-h", "127.0.0.1", "-p", "\(self.port)"]
                if try await Tool.run(ready, arguments, input: nil).status == 0 { return true }
                if kill(process.processID, 0) != 0 { return false }
                try await Task.sleep(for: .milliseconds(20))
            }
            return false
        }
    }

    /// In a moment, losing whoever is connected.
    public func stop() async throws { try await process.end(by: SIGQUIT) }

    /// At once, as by the kernel.
    public func crash() async throws { try await process.end(by: SIGKILL) }

    /// Runs statements as the superuser, by `psql`.
    ///
    /// - Returns: The rows, columns apart by `|`.
    @discardableResult
    public func run(_ sql: String, database: String = "postgres") async throws -> String {
        let result = try await Tool("psql").run(
            [
                "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", "\(port)", "-U", "postgres",
                database,
            ],
            input: sql)
        guard result.status == 0 else { throw Tool.Missing(description: "psql failed with \(result.status)") }
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// Where servers keep their data: in memory if there is such a place, because many tests wait for their syncs.
enum ServerFolder {
    static func make() throws -> String {
        let memory = "/dev/shm"
        let isFit = unsafe access(memory, W_OK) == 0
        let path = (isFit ? memory : FileManager.default.temporaryDirectory.path) + "/doorward-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        return path
    }

    /// To the user `postgres`, as root.
    static func giveAway(_ path: String) throws {
        guard geteuid() == 0 else { return }
        guard let user = unsafe getpwnam("postgres"), unsafe chown(path, user.pointee.pw_uid, user.pointee.pw_gid) == 0
        else { throw Tool.Missing(description: "there is no user postgres") }
    }
}
