// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import Foundation
import Glibc
import Synchronization

/// A server of a test's own, on a port of its own, that ends with this process, however that ends.
final class ServerProcess: Sendable {
    /// The server's own process.
    let processID: pid_t
    private let input: Int32

    /// Starts it; it is ready some time later.
    ///
    /// - Parameters:
    ///   - folder: What it says goes to `log` in it.
    ///   - atEnd: What is done with the folder when this process ends before the server.
    static func start(_ command: [String], folder: String, atEnd: String = "rm -rf") async throws -> ServerProcess {
        // The shell's first line is waited for.
        let process = await onOwnThread(named: "server") {
            Result { try ServerProcess(command, folder: folder, atEnd: atEnd) }
        }
        guard let process else { throw Tool.Missing(description: "no thread could be started") }
        return try process.get()
    }

    private init(_ command: [String], folder: String, atEnd: String) throws {
        // The shell holds a pipe to us. When it closes, by whatever, the server is ended and its folder removed; a line
        // on it says that somebody here has seen to that.
        let script = """
            exec 3<&0; "$@" </dev/null >>"\(folder)/log" 2>&1 & child=$!
            echo $child
            ( read line <&3 || { kill -QUIT $child; sleep 1; kill -9 $child; \(atEnd) "\(folder)"; } ) >/dev/null 2>&1 &
            wait $child
            """
        let shell = try SpawnedProcess("/bin/sh", ["-c", script, "sh"] + command)
        input = shell.input
        let line = String(
            decoding: FileHandle(fileDescriptor: shell.output, closeOnDealloc: true).availableData, as: UTF8.self)
        _ = startThread(named: "server") { _ = shell.wait() }
        guard let id = pid_t(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Tool.Missing(description: "\(command.first ?? "a server") did not start")
        }
        processID = id
    }

    deinit {
        kill(processID, SIGKILL)
        _ = unsafe write(input, "seen to\n", 8)
        close(input)
    }

    /// Sends a signal and waits until the process is gone.
    func end(by signal: Int32) async throws {
        kill(processID, signal)
        // The shell has waited for it by then.
        try await waitUntil("a server ends") { kill(self.processID, 0) != 0 }
    }
}

/// The process of a server that may end and be started again.
final class ServerSlot: Sendable {
    private let process = Mutex<ServerProcess?>(nil)

    func fill(_ new: ServerProcess?) { process.withLock { $0 = new } }

    func end(by signal: Int32) async throws {
        let process = process.withLock { process in
            defer { process = nil }
            return process
        }
        try await process?.end(by: signal)
    }
}

/// Waits for another process, which has no other way to say that it is ready.
///
/// - Throws: ``Tool/Missing`` after a minute.
func waitUntil(_ what: String, _ condition: () async throws -> Bool) async throws {
    let end = ContinuousClock.now.advanced(by: .seconds(60))
    while try await !condition() {
        guard ContinuousClock.now < end else { throw Tool.Missing(description: "waited in vain until \(what)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// A port that nobody listened on a moment ago.
func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    return try bindToLoopback(descriptor)
}
