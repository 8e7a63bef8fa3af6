// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool && SQLite && PostgreSQL && Redis
import Doorward
import DoorwardTesting
import Foundation
import Testing

/// One script of commands, on every store: the answers are the same.
@Suite(
    .enabled(if: PostgreSQLServer.isExpected && RedisServer.isExpected, "a server is not installed"),
    .timeLimit(.minutes(10)))
struct TranscriptTests {
    /// Runs the script and writes down each command with its answer, without what is random or tells the time.
    private static func transcript(_ store: String) async throws -> [String] {
        let stage = try CommandLineStage(store: store)
        let (password, other) = (CommandLineStage.password, "seven yellow umbrellas")
        var lines: [String] = []
        @discardableResult
        func run(_ command: String, _ answers: String...) async throws -> CommandLineStage.Answer {
            let arguments = command.split(separator: " ").map(String.init) + ["--json", "--stdin"]
            let answer = try await stage.run(arguments, bytes: Data(answers.map { $0 + "\n" }.joined().utf8))
            lines.append("\(command.split(separator: " ").prefix(2).joined(separator: " ")) → \(answer.status)")
            lines += Self.shape(try answer.object, at: "")
            return answer
        }
        func code(_ secret: String, _ steps: Int) throws -> String {
            let totp = try #require(SharedSecret(base32: secret).flatMap { TOTP(secret: $0) })
            return try #require(totp.code(at: SystemWallClock().now().advanced(by: .seconds(30 * steps))))
        }
        try await run("whoami")
        try await run("register alice", password)
        try await run("register alice", other)
        try await run("login nobody", password)
        try await run("login alice", other)
        let first = try await run("login alice", password)
        let enrolled = try await run("totp enroll --label phone")
        let secret = try enrolled.text("secret")
        let id = try #require(try enrolled.member("authenticator", "id") as? String)
        // A code stays good for at least a step, the one of the next step for two: time passes meanwhile.
        try await run("totp confirm \(id)", code(secret, 0))
        try await run("totp list")
        let recovery = try await run("recovery generate").object["codes"] as? [String]
        try await run("recovery status")
        try await run("session revoke \(first.member("session", "id") as? String ?? "")")
        try await run("logout")
        try await run("login alice", password)
        let spent = try code(secret, 1)
        try await run("login alice", password, spent)
        try await run("login alice", password, spent)
        try await run("session list")
        try await run("session regenerate")
        try await run("session revoke --all")
        try await run("whoami")
        for _ in 0..<5 { try await run("login alice", other) }
        try await run("login alice", password)
        try await run("admin status alice")
        try await run("admin unlock alice")
        try await run("admin disable alice")
        try await run("login alice", password)
        try await run("admin enable alice")
        try await run("login alice", password, try #require(recovery?.first))
        try await run("password change", password, other)
        try await run("totp remove \(id)")
        try await run("session list")
        try await run("admin revoke-everything")
        try await run("whoami")
        return lines
    }

    /// Members in order; of values, those that are the same at every run.
    private static func shape(_ object: [String: Any], at path: String) -> [String] {
        let told: Set = [
            "outcome", "name", "type", "status", "label", "algorithm", "code", "factor", "message", "field",
        ]
        return object.keys.sorted().flatMap { key -> [String] in
            let name = "\(path).\(key)"
            switch object[key] {
            case let inner as [String: Any]: return shape(inner, at: name)
            case let list as [[String: Any]]:
                return ["\(name): \(list.count)"] + list.enumerated().flatMap { shape($1, at: "\(name)[\($0)]") }
            case let list as [String]: return ["\(name): \(list.map { told.contains(key) ? $0 : "\($0.count)" })"]
            case let text as String: return ["\(name): \(told.contains(key) ? text : "\(text.count) characters")"]
            case let number as NSNumber: return ["\(name): \(key == "retryAfter" ? "some seconds" : "\(number)")"]
            default: return ["\(name): ?"]
            }
        }
    }

    @Test func oneScriptHasOneTranscriptOnEveryStore() async throws {
        let onSQLite = try await Self.transcript("")
        let onPostgreSQL = try await Self.transcript(try await PostgreSQLServer.shared().newDatabase())
        let onRedis = try await Self.transcript(try await RedisServer.shared().newDatabase())
        #expect(onSQLite.count > 200)
        #expect(onSQLite.contains("login alice → 4") && onSQLite.contains("login alice → 0"))
        #expect(onPostgreSQL == onSQLite)
        #expect(onRedis == onSQLite)
    }

    @Test func storesThatCannotBeUsedAreAnsweredAndNotQuoted() async throws {
        for url in ["postgresql://127.0.0.1:1/hunter2", "redis://:hunter2@127.0.0.1:1"] {
            let answer = try await CommandLineStage(store: url).run(["whoami", "--json"])
            #expect(answer.status == 1)  // nobody is signed in, so no store was asked
            let login = try await CommandLineStage(store: url).run(
                ["login", "alice", "--json", "--stdin"], bytes: Data("x\n".utf8))
            #expect(login.status == 3, "\(login)")
            #expect(try login.text("outcome") == "unavailable")
            #expect(!login.output.contains("hunter2"))
        }
        for url in ["redis://a,b", "postgresql://[::1", "rediss://host"] {
            let login = try await CommandLineStage(store: url).run(
                ["login", "alice", "--json", "--stdin"], bytes: Data("x\n".utf8))
            #expect(login.status == 2, "\(login)")
            #expect(try login.text("field") == "store")
        }
    }

    @Test func aPasswordInAnArgumentIsAUsageError() async throws {
        let stage = try CommandLineStage()
        for url in [
            "redis://:hunter2@127.0.0.1", "postgresql://alice:hunter2@127.0.0.1/db",
            "postgresql://127.0.0.1/db?password=hunter2", "redis://:hun[ter2@host", "mysql://host",
        ] {
            try await stage.expectUsageError(["login", "alice", "--store", url, "--stdin"], bytes: Data("x\n".utf8))
        }
    }
}
#endif
