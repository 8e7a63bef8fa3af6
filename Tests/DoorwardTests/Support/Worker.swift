// SPDX-License-Identifier: Apache-2.0

#if SQLite
import DoorwardCore
import Foundation
import Glibc

/// A child process that is spoken to in lines.
final class Worker: Sendable {
    let processID: pid_t
    private let input: Int32
    private let output: Int32
    private let lines: AsyncStream<String>
    private let over: AsyncStream<Int32>

    /// - Parameter environment: Variables beside those of this process.
    init(_ firstLine: String, environment: [String: String] = [:]) throws {
        // A child that died is noticed by its output, not by a signal.
        signal(SIGPIPE, SIG_IGN)
        let folder = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            .split(separator: "/").dropLast().joined(separator: "/")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/\(folder)/DoorwardTestWorker")
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (toChild, fromChild) = (Pipe(), Pipe())
        process.standardInput = toChild
        process.standardOutput = fromChild
        let (over, ended) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { process in
            ended.yield(process.terminationStatus)
            ended.finish()
        }
        try process.run()
        processID = process.processIdentifier
        input = dup(toChild.fileHandleForWriting.fileDescriptor)
        let output = dup(fromChild.fileHandleForReading.fileDescriptor)
        self.output = output
        self.over = over
        // Foundation keeps the process, and with it the pipes; what is used here are copies.
        try? toChild.fileHandleForWriting.close()
        try? fromChild.fileHandleForReading.close()
        let (lines, arrived) = AsyncStream<String>.makeStream()
        self.lines = lines
        // Reading blocks, so it has a thread of its own until the child is gone.
        _ = startThread(named: "worker.out") {
            guard let file = unsafe fdopen(output, "r") else { return arrived.finish() }
            var line: UnsafeMutablePointer<CChar>?
            var capacity = 0
            while unsafe getline(&line, &capacity, file) > 0, let text = unsafe line {
                arrived.yield(unsafe String(cString: text).trimmingCharacters(in: .newlines))
            }
            unsafe free(line)
            unsafe fclose(file)
            arrived.finish()
        }
        send(firstLine)
    }

    deinit {
        kill(processID, SIGKILL)
        close(input)
    }

    func send(_ line: String) {
        let text = line + "\n"
        _ = unsafe write(input, text, text.utf8.count)
    }

    /// The next line, or `nil` when the child is gone.
    func next() async -> String? {
        for await line in lines { return line }
        return nil
    }

    func killNow() { kill(processID, SIGKILL) }

    /// Until the child is gone.
    func ended() async { for await _ in over {} }
}
#endif
