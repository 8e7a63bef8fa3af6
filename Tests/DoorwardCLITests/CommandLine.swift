// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import DoorwardTesting
import Foundation
import Testing

/// The built command on state of its own.
struct CommandLineStage {
    static let password = "a quiet river at dawn"
    let folder: TemporaryFolder
    private let program: String
    private let store: String

    /// - Parameter store: A URL; else the file of the state folder.
    init(store: String = "") throws {
        self.store = store
        folder = try TemporaryFolder()
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        program = (tests as NSString).deletingLastPathComponent + "/doorward"
    }

    struct Answer: CustomStringConvertible {
        let status: Int32
        let output: String

        var description: String { "\(status): \(output)" }

        /// The one object on the one line.
        var object: [String: Any] {
            get throws {
                let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
                try #require(lines.count == 2 && lines[1].isEmpty, "not one line: \(output)")
                let object = try JSONSerialization.jsonObject(with: Data(lines[0].utf8))
                return try #require(object as? [String: Any])
            }
        }

        func text(_ member: String) throws -> String { try #require(try object[member] as? String) }
        func count(_ member: String) throws -> Int { try #require(try object[member] as? Int) }
        func member(_ first: String, _ second: String) throws -> Any? {
            try #require(try object[first] as? [String: Any])[second]
        }
    }

    /// Runs without `--json`, as given.
    func run(_ arguments: [String], bytes: Data? = nil, environment: [String: String] = [:]) async throws -> Answer {
        var variables = ["XDG_STATE_HOME": folder.path, "DOORWARD_STORE": store]
        variables.merge(environment) { $1 }
        let result = try await Tool.run(
            program, arguments, input: bytes, environment: variables, folder: folder.path)
        return Answer(status: result.status, output: result.output)
    }

    /// Runs with `--json`, and with `--stdin` if there are answers.
    func json(_ command: String, _ answers: String?...) async throws -> Answer {
        var arguments = command.split(separator: " ").map(String.init) + ["--json"]
        let given = answers.compactMap { $0 }
        if !answers.isEmpty { arguments.append("--stdin") }
        return try await run(arguments, bytes: Data(given.map { $0 + "\n" }.joined().utf8))
    }

    /// That a command ends so.
    @discardableResult
    func expect(
        _ outcome: String, _ status: Int32, _ command: String, _ answers: String?...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        var arguments = command.split(separator: " ").map(String.init) + ["--json"]
        let given = answers.compactMap { $0 }
        if !answers.isEmpty { arguments.append("--stdin") }
        let answer = try await run(arguments, bytes: Data(given.map { $0 + "\n" }.joined().utf8))
        #expect(answer.status == status, "\(command): \(answer)", sourceLocation: sourceLocation)
        #expect(try answer.text("outcome") == outcome, "\(command): \(answer)", sourceLocation: sourceLocation)
        return answer
    }

    /// That a command is a usage error: exit 2, and no object.
    func expectUsageError(
        _ arguments: [String], bytes: Data? = nil, sourceLocation: SourceLocation = #_sourceLocation
    )
        async throws
    {
        let answer = try await run(arguments, bytes: bytes)
        #expect(
            answer.status == 2 && answer.output.isEmpty, "\(arguments): \(answer)", sourceLocation: sourceLocation)
    }
}
#endif
