// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import DoorwardVectors
import Foundation
import Glibc

struct VectorsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vectors", abstract: "Run the published test vectors through the code that ships.")

    @Argument(help: "The folder of vector files; ./Vectors, else those built in.") var folder: String?
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let files = try files()
        guard !files.isEmpty else { throw ValidationError("No vector file was found.") }
        var (passed, failed) = (0, 0)
        for file in files {
            let result = file.run()
            passed += result.passed
            failed += result.failures.count
            var line = "\(file.name): \(result.passed) passed, \(result.failures.count) failed"
            if result.refused > 0 { line += ", \(result.refused) refused as they should" }
            if result.outOfScope > 0 { line += ", \(result.outOfScope) out of scope" }
            if !result.failures.isEmpty {
                line += " (numbers \(result.failures.map(String.init).joined(separator: " ")))"
            }
            Terminal.write(line + "\n", to: STDOUT_FILENO)
        }
        Terminal.write("\(passed) passed, \(failed) failed\n", to: STDOUT_FILENO)
        throw ExitCode(failed == 0 ? 0 : 1)
    }

    private func files() throws -> [VectorFile] {
        let folder = folder ?? "Vectors"
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
            .filter { $0.hasSuffix(".json") }.sorted()
        if names.isEmpty && self.folder == nil { return VectorFile.builtIn }
        return try names.map { name in
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)"),
                let file = VectorFile(name: name, json: data)
            else { throw ValidationError("\(name) is not a vector file.") }
            return file
        }
    }
}
#endif
