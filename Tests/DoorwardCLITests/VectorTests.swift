// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardVectors
import Foundation
import Testing

/// One after the other: dear hashes all at once starve the threads of others.
@Suite(.serialized) struct VectorTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Vectors")

    static let files: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".json") }
        .sorted()

    @Test func allSourcesAreThere() { #expect(Self.files.count >= 11) }

    /// Some take seconds, which tasks must not be kept waiting for.
    private static func run(_ file: VectorFile) async throws -> VectorResult {
        try #require(await onOwnThread(named: "vectors") { file.run() })
    }

    @Test(arguments: files) func publishedVectorsPass(_ name: String) async throws {
        let data = try Data(contentsOf: Self.folder.appendingPathComponent(name))
        let result = try await Self.run(#require(VectorFile(name: name, json: data)))
        #expect(result.failures.isEmpty && result.passed > 0)
    }

    @Test(arguments: files) func aChangedVectorFails(_ name: String) async throws {
        // Any hexadecimal digit or code that is changed must be noticed: the first one of each vector's result is.
        let text = try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
        var changed = text
        for member in ["code", "tag", "mac", "okm", "bytes", "cbor", "password"] {
            changed = changed.replacing(try Regex("(\"\(member)\": \")([0-9a-f])")) { match in
                let digit = match.output[2].substring ?? ""
                return "\(match.output[1].substring ?? "")\(digit == "0" ? "1" : "0")"
            }
        }
        let result = try await Self.run(#require(VectorFile(name: name, json: Data(changed.utf8))))
        let original = try await Self.run(#require(VectorFile(name: name, json: Data(text.utf8))))
        #expect(result.passed < original.passed)
    }

    @Test func theBuiltInFilesAreThoseOfTheFolder() async throws {
        let builtIn = VectorFile.builtIn
        #expect(builtIn.map(\.name) == Self.files)
        for file in builtIn { #expect(try await Self.run(file).failures.isEmpty) }
    }
}
