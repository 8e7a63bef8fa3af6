// SPDX-License-Identifier: Apache-2.0

import Dispatch
import DoorwardCore
public import Foundation
import Glibc
import Synchronization

/// Another program that a test compares with.
public struct Tool: Sendable {
    public struct Missing: Error, CustomStringConvertible {
        public let description: String
    }

    public struct Result: Sendable {
        public let status: Int32
        public let output: String
    }

    private let path: String

    /// - Throws: ``Missing`` if the program is not installed.
    public init(_ name: String) throws {
        guard let path = Self.find(name) else { throw Missing(description: "\(name) is not installed") }
        self.path = path
    }

    /// Whether a program can be compared with. Where it is missing, a test is skipped at a desk and fails in CI.
    public static func isExpected(_ name: String) -> Bool {
        find(name) != nil || ProcessInfo.processInfo.environment["CI"] == "true"
    }

    private static func find(_ name: String) -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs the program to its end.
    public func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:], folder: String? = nil
    ) async throws -> Result {
        try await Self.run(path, arguments, input: Data(input.utf8), environment: environment, folder: folder)
    }

    /// As `run`, by path, with input of any bytes; `nil` gives none at all.
    public static func run(
        _ path: String, _ arguments: [String], input: Data?, environment: [String: String] = [:], folder: String? = nil
    ) async throws -> Result {
        // Waiting for a process blocks, so it has a thread of its own.
        let result = await onOwnThread(named: "tool") {
            Swift.Result { try runBlocking(path, arguments, input: input, environment: environment, folder: folder) }
        }
        guard let result else { throw Missing(description: "no thread could be started") }
        return try result.get()
    }

    private static func runBlocking(
        _ path: String, _ arguments: [String], input: Data?, environment: [String: String], folder: String?
    ) throws -> Result {
        let process = try SpawnedProcess(
            path, arguments, environment: environment, folder: folder, errors: false)
        // A program may end before it has read its input: this thread blocks the signal of that.
        let toChild = FileHandle(fileDescriptor: process.input, closeOnDealloc: true)
        let fromChild = FileHandle(fileDescriptor: process.output, closeOnDealloc: true)
        if let input { try? toChild.write(contentsOf: input) }
        try? toChild.close()
        let data = fromChild.readDataToEndOfFile()
        return Result(status: process.wait(), output: String(decoding: data, as: UTF8.self))
    }
}
