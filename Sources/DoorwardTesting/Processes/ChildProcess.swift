// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import Foundation
import Glibc
import Synchronization

/// A child process that is spoken to in lines.
package final class ChildProcess: Sendable {
    package let processID: Int32
    private let input: Int32
    private let lines: AsyncStream<String>
    private let over: AsyncStream<Int32>

    /// The program of that name beside the one that runs.
    package static func path(beside name: String) throws -> String {
        let folder = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            .split(separator: "/").dropLast().joined(separator: "/")
        return "/\(folder)/\(name)"
    }

    /// - Parameters:
    ///   - firstLine: Handed to it at once.
    ///   - environment: Variables beside those of this process.
    package init(_ path: String, firstLine: String, environment: [String: String] = [:]) throws {
        // A child that died is noticed by its output, not by a signal.
        signal(SIGPIPE, SIG_IGN)
        let process = try SpawnedProcess(path, [], environment: environment)
        processID = process.processID
        input = process.input
        lines = Self.lines(of: process.output)
        let (over, ended) = AsyncStream<Int32>.makeStream()
        self.over = over
        _ = startThread(named: "child") {
            ended.yield(process.wait())
            ended.finish()
        }
        send(firstLine)
    }

    /// Lines of a descriptor, read by a thread of its own, because reading blocks.
    package static func lines(of descriptor: Int32) -> AsyncStream<String> {
        let (lines, arrived) = AsyncStream<String>.makeStream()
        _ = startThread(named: "lines") {
            guard let file = unsafe fdopen(descriptor, "r") else { return arrived.finish() }
            var line: UnsafeMutablePointer<CChar>?
            var capacity = 0
            while unsafe getline(&line, &capacity, file) > 0, let text = unsafe line {
                arrived.yield(unsafe String(cString: text).trimmingCharacters(in: .newlines))
            }
            unsafe free(line)
            unsafe fclose(file)
            arrived.finish()
        }
        return lines
    }

    deinit {
        kill()
        close(input)
    }

    /// The other side reads all the time, so this waits for next to nothing.
    package func send(_ line: String) { sending.withLock { _ in Self.write(line, to: input) } }

    /// A line of this process to whoever started it: at once, not when a buffer is full.
    package static func say(_ line: String) { saying.withLock { _ in write(line, to: STDOUT_FILENO) } }

    // Lines of several tasks do not mix.
    private let sending = Mutex(())
    private static let saying = Mutex(())

    private static func write(_ line: String, to descriptor: Int32) {
        let bytes = Array((line + "\n").utf8)
        var start = 0
        while start < bytes.count {
            let written = unsafe bytes[start...].withUnsafeBytes { rest in
                unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
            }
            guard written > 0 else { return }
            start += written
        }
    }

    /// The next line, or `nil` when the child is gone.
    package func next() async -> String? {
        for await line in lines { return line }
        return nil
    }

    package func kill() { _ = Glibc.kill(processID, SIGKILL) }

    /// Until the child is gone.
    package func ended() async { for await _ in over {} }
}
