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
    private let ended: Ended

    private final class Ended: Sendable { let value = Atomic<Bool>(false) }

    /// Starts it; it is ready some time later.
    ///
    /// - Parameter folder: What it says goes to `log` in it. It is removed when this process ends before the server.
    static func start(_ command: [String], folder: String) async throws -> ServerProcess {
        let process = await onOwnThread(named: "server") {
            // A child inherits what its parent's thread blocks, and the threads of tasks block every signal.
            var none = sigset_t()
            unsafe sigemptyset(&none)
            unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
            return Result { try ServerProcess(command, folder: folder) }
        }
        guard let process else { throw Tool.Missing(description: "no thread could be started") }
        return try process.get()
    }

    private init(_ command: [String], folder: String) throws {
        // The shell holds a pipe to us. When it closes, by whatever, the server is ended and its folder removed; a line
        // on it says that somebody here has seen to that.
        let script = """
            exec 3<&0; "$@" </dev/null >>"\(folder)/log" 2>&1 & child=$!
            echo $child
            ( read line <&3 || { kill -QUIT $child; sleep 1; kill -9 $child; rm -rf "\(folder)"; } ) >/dev/null 2>&1 &
            wait $child
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script, "sh"] + command
        let (toChild, fromChild) = (Pipe(), Pipe())
        process.standardInput = toChild
        process.standardOutput = fromChild
        let ended = Ended()
        process.terminationHandler = { _ in ended.value.store(true, ordering: .sequentiallyConsistent) }
        try process.run()
        input = dup(toChild.fileHandleForWriting.fileDescriptor)
        _ = fcntl(input, F_SETFD, FD_CLOEXEC)
        try? toChild.fileHandleForWriting.close()
        let line = String(decoding: fromChild.fileHandleForReading.availableData, as: UTF8.self)
        try? fromChild.fileHandleForReading.close()
        guard let id = pid_t(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Tool.Missing(description: "\(command.first ?? "a server") did not start")
        }
        processID = id
        self.ended = ended
    }

    deinit {
        kill(processID, SIGKILL)
        _ = unsafe write(input, "seen to\n", 8)
        close(input)
    }

    /// Sends a signal and waits until the process is gone.
    func end(by signal: Int32) async throws {
        kill(processID, signal)
        try await waitUntil("a server ends") { self.ended.value.load(ordering: .sequentiallyConsistent) }
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
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            guard unsafe bind(descriptor, address, length) == 0 else { return false }
            return unsafe getsockname(descriptor, address, &length) == 0
        }
    }
    guard isBound else { throw Tool.Missing(description: "no port could be had") }
    return Int(UInt16(bigEndian: address.sin_port))
}
