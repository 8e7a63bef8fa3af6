// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool && SQLite
import Doorward
import DoorwardTesting
import Foundation
import Testing

/// A table of another system, brought in from a terminal.
@Suite(.timeLimit(.minutes(10))) struct ImportCommandTests {
    private static let old =
        "pbkdf2:sha256:1000$YCwmyEbwF4mrJE0g$9fc53a048fc3cfeae5f968a2b05df25b9773e02c07507fb367e43a421755ac44"
    private static let oldPassword = "correct horse battery staple"

    private func file(_ stage: CommandLineStage, _ name: String, _ text: String) throws -> String {
        let path = stage.folder.path + "/" + name
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func everyGoodRowComesInAndEveryOtherIsTold() async throws {
        let stage = try CommandLineStage()
        let table = try file(
            stage, "users.csv",
            [
                "\u{FEFF}hash,name,disabled", "\(Self.old),alice,", "\"\(Self.old)\",\"bob\",false", "",
                "\(Self.old),carol,true",
                ",dave,", "md5$1$2,eve,", "\(Self.old),bad name,", "\(Self.old),short", "\(Self.old),frank,maybe",
                "\"\(Self.old),broken,", "",
            ].joined(separator: "\r\n"))
        let report = stage.folder.path + "/report"
        let answer = try await stage.json("admin import \(table) --report \(report)")
        #expect(try answer.status == 1 && answer.text("outcome") == "refused")
        #expect(try answer.count("imported") == 4 && answer.count("refused") == 5)
        let rows = try #require(try answer.object["rows"] as? [[String: Any]])
        #expect(rows.map { $0["line"] as? Int } == [7, 8, 9, 10, 11])
        #expect(
            rows.map { $0["code"] as? String }
                == ["hash.unknown", "name.malformed", "row.malformed", "row.malformed", "row.malformed"])
        let lines = try String(contentsOfFile: report, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 5 && !lines.joined().contains("9fc53a"))
        // A report is never written over another.
        #expect(try await stage.json("admin import \(table) --report \(report)").status == 2)
        try await stage.expect("granted", 0, "login alice", Self.oldPassword)
        try await stage.expect("denied", 1, "login bob", CommandLineStage.password)
        try await stage.expect("denied", 1, "login carol", Self.oldPassword)
        try await stage.expect("denied", 1, "login dave", "")
        // Once more: who is there stays, also after a sign-in.
        let again = try await stage.json("admin import \(table)")
        #expect(try again.count("imported") == 0 && again.count("alreadyThere") == 4)
        #expect(try await stage.json("admin wrap").count("wrapped") == 2)
        try await stage.expect("granted", 0, "login bob", Self.oldPassword)
    }

    @Test func oneObjectALineIsATableToo() async throws {
        let stage = try CommandLineStage()
        _ = try await stage.expect("ok", 0, "register zoe", CommandLineStage.password)
        let table = try file(
            stage, "users.jsonl",
            """
            {"name":"alice","hash":"\(Self.old)"}
            {"name":"bob","hash":"\(Self.old)","mustChangePassword":true}

            {"name":"carol","hash":null,"disabled":false}
            {"name":"dave","hash":"\(Self.old)","disabeld":true}
            {"name":"eve"
            {"name":7,"hash":"\(Self.old)"}
            {"name":"zoe","hash":"\(Self.old)"}
            """)
        let answer = try await stage.json("admin import \(table) --wrap")
        #expect(try answer.count("imported") == 3 && answer.count("refused") == 4)
        let rows = try #require(try answer.object["rows"] as? [[String: Any]])
        #expect(rows.map { $0["line"] as? Int } == [5, 6, 7, 8])
        #expect(rows.last?["code"] as? String == "name.taken")
        #expect(try await stage.json("admin wrap").count("wrapped") == 0)
        try await stage.expect("granted", 0, "login alice", Self.oldPassword)
        try await stage.expect("passwordChangeRequired", 4, "login bob", Self.oldPassword)
        try await stage.expect("granted", 0, "login zoe", CommandLineStage.password)
    }

    @Test func aFileThatIsNoTableIsRefusedWhole() async throws {
        let stage = try CommandLineStage()
        for heading in ["", "name", "name,hash,disabeld", "name,name,hash", "alice,\(Self.old)"] {
            let path = try file(stage, "users.csv", heading + "\nalice,\(Self.old)\n")
            try await stage.expect("malformed", 2, "admin import \(path)")
        }
        try await stage.expect("malformed", 2, "admin import \(stage.folder.path)/nothing.csv")
        try await stage.expectUsageError(["admin", "import", "users.txt", "--json"])
        // A row without an end does not fill the memory.
        let endless = try file(
            stage, "endless.csv", "name,hash\n\"" + String(repeating: "x", count: 5_000_000) + "\nalice,\(Self.old)\n")
        let answer = try await stage.json("admin import \(endless)")
        #expect(try answer.count("imported") == 0 && answer.count("refused") == 1)
    }

    #if LegacyCrypt
    @Test func hashesOfElevenSystemsSignIn() async throws {
        let vectors = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Vectors/old-hashes.json")
        struct File: Decodable {
            struct Vector: Decodable { let system: String, hash: String, password: String }
            let vectors: [Vector]
        }
        let all = try JSONDecoder().decode(File.self, from: Data(contentsOf: vectors)).vectors
        let stage = try CommandLineStage()
        let rows = all.enumerated().map { "user\($0.offset),\"\($0.element.hash)\"" }
        let table = try file(stage, "users.csv", (["name,hash"] + rows).joined(separator: "\n"))
        #expect(try await stage.json("admin import \(table)").count("imported") == all.count)
        var seen: Set<String> = []
        for (number, vector) in all.enumerated() where seen.insert(vector.system).inserted {
            let bytes = try #require(Hex.decode(vector.password))
            let password = String(decoding: bytes, as: UTF8.self)
            try await stage.expect("granted", 0, "login user\(number)", password)
            try await stage.expect("match", 0, "verify", vector.hash, password)
            try await stage.expect("mismatch", 1, "verify", vector.hash, password + "!")
        }
        #expect(seen.count >= 9)
    }
    #endif
}
#endif
