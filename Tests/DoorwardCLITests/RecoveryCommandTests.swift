// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool && SQLite
import Doorward
import DoorwardTesting
import Foundation
import Testing

/// What people are sent, and the keys, from a terminal.
@Suite(.timeLimit(.minutes(10))) struct RecoveryCommandTests {
    private static let new = "nine silver spoons"

    /// The last message that was sent.
    private func lastMessage(_ stage: CommandLineStage) throws -> [String: String] {
        let path = stage.folder.path + "/doorward/outbox"
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        let object = try JSONSerialization.jsonObject(with: Data(try #require(lines.last).utf8))
        return try #require(object as? [String: String])
    }

    @Test func aForgottenPassword() async throws {
        let stage = try CommandLineStage()
        _ = try await stage.expect("ok", 0, "account request alice@example.org")
        let registration = try #require(try lastMessage(stage)["token"])
        let attributes = try FileManager.default.attributesOfItem(atPath: stage.folder.path + "/doorward/outbox")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        try await stage.expect("refused", 1, "account complete", registration, "short")
        try await stage.expect("ok", 0, "account complete", registration, CommandLineStage.password)
        try await stage.expect("denied", 1, "account complete", registration, CommandLineStage.password)
        try await stage.expect("granted", 0, "login alice@example.org", CommandLineStage.password)
        // The answer is the same for a name that nobody has, and for one that somebody has.
        let unknown = try await stage.expect("ok", 0, "password reset nobody@example.org")
        let known = try await stage.expect("ok", 0, "password reset alice@example.org")
        #expect(unknown.output == known.output)
        let message = try lastMessage(stage)
        #expect(message["kind"] == "passwordReset" && message["address"] == "alice@example.org")
        try await stage.expect("refused", 1, "password redeem", message["token"], "short")
        try await stage.expect("ok", 0, "password redeem", message["token"], Self.new)
        try await stage.expect("denied", 1, "password redeem", message["token"], "five orange lanterns")
        try await stage.expect("denied", 1, "password redeem", "not a token", "five orange lanterns")
        try await stage.expect("notSignedIn", 1, "whoami")
        try await stage.expect("granted", 0, "login alice@example.org", Self.new)
        _ = try await stage.expect("ok", 0, "account request alice@example.org")
        #expect(try lastMessage(stage)["kind"] == "alreadyRegistered")
        try await stage.expect("ok", 0, "account close")
        try await stage.expect("denied", 1, "login alice@example.org", Self.new)
    }

    @Test func anAddressOfOnesOwn() async throws {
        let stage = try CommandLineStage()
        try await stage.expect("ok", 0, "register alice", CommandLineStage.password)
        try await stage.expect("granted", 0, "login alice", CommandLineStage.password)
        try await stage.expect("ok", 0, "account address alice@example.org")
        let code = try #require(try lastMessage(stage)["code"])
        let wrong = code == "12345678" ? "87654321" : "12345678"
        try await stage.expect("denied", 1, "account confirm-address alice@example.org", wrong)
        try await stage.expect("denied", 1, "account confirm-address eve@example.org", code)
        try await stage.expect("ok", 0, "account confirm-address alice@example.org", code)
        try await stage.expect("ok", 0, "password reset alice")
        #expect(try lastMessage(stage)["address"] == "alice@example.org")
    }

    @Test func whatAnAdministratorStarts() async throws {
        let stage = try CommandLineStage()
        try await stage.expect("ok", 0, "admin create bob --address bob@example.org")
        try await stage.expect("refused", 1, "admin create bob")
        let token = try #require(try lastMessage(stage)["token"])
        try await stage.expect("ok", 0, "password redeem", token, CommandLineStage.password)
        try await stage.expect("granted", 0, "login bob", CommandLineStage.password)
        try await stage.expect("ok", 0, "admin reset bob")
        try await stage.expect("notFound", 1, "admin reset nobody")
        #expect(try lastMessage(stage)["kind"] == "passwordReset")
        let enrolled = try await stage.expect("ok", 0, "hotp enroll")
        let id = try #require(try enrolled.member("authenticator", "id") as? String)
        let secret = try enrolled.text("secret")
        func code(_ counter: Int) async throws -> String {
            let answer = try await stage.json("otp generate --hotp --counter \(counter)", secret)
            return try answer.text("code")
        }
        try await stage.expect("ok", 0, "hotp confirm \(id)", try await code(0))
        // A device that was pressed a lot.
        try await stage.expect("denied", 1, "login bob", CommandLineStage.password, try await code(50))
        try await stage.expect("denied", 1, "hotp resync \(id)", try await code(50), try await code(52))
        try await stage.expect("ok", 0, "hotp resync \(id)", try await code(50), try await code(51))
        try await stage.expect("granted", 0, "login bob", CommandLineStage.password, try await code(52))
        let listed = try await stage.expect("ok", 0, "admin authenticator list bob")
        #expect(try listed.object["authenticators"] as? [Any] != nil)
        try await stage.expect("ok", 0, "admin authenticator remove bob \(id)")
        try await stage.expect("notFound", 1, "admin authenticator remove bob \(id)")
        try await stage.expect("notSignedIn", 1, "whoami")
        try await stage.expect("granted", 0, "login bob", CommandLineStage.password)
    }

    @Test func aFileForMessagesThatCannotBeWrittenIsUnavailable() async throws {
        let stage = try CommandLineStage()
        try await stage.expect("unavailable", 3, "account request alice@example.org --outbox /nowhere/outbox")
    }

    @Test func keysAreExchanged() async throws {
        let stage = try CommandLineStage()
        try await stage.expect("ok", 0, "register alice", CommandLineStage.password)
        func keys(_ command: String) async throws -> [[String: Any]] {
            try #require(try await stage.expect("ok", 0, command).object["keys"] as? [[String: Any]])
        }
        let old = try #require(try await keys("keys list").first?["id"] as? String)
        // One that is coming, and only one.
        let coming = try await stage.expect("ok", 0, "keys add").text("id")
        #expect(try await stage.expect("ok", 0, "keys add").text("id") == coming)
        #expect(try await keys("keys list").map { $0["state"] as? String } == ["active", "coming"])
        #expect(try await stage.json("keys retire \(old)").text("code") == "key.active")
        let active = try await stage.expect("ok", 0, "keys add --now").text("id")
        #expect(try await keys("keys list").map { $0["state"] as? String } == ["kept", "active", "coming"])
        let status = try #require(try await keys("keys status").first { $0["id"] as? String == old })
        #expect(status["passwords"] as? Int == 1 && status["store"] as? Bool == true)
        #expect(try await stage.expect("ok", 0, "keys renew").count("renewed") == 1)
        try await stage.expect("granted", 0, "login alice", CommandLineStage.password)
        let used = try #require(try await keys("keys status").first { $0["id"] as? String == active })
        #expect(used["passwords"] as? Int == 1 && used["store"] as? Bool == true)
        // Some service may have read the file a moment ago.
        let early = try await stage.expect("refused", 1, "keys retire \(old)")
        #expect(try early.text("code") == "key.tooEarly" && early.count("retryAfter") > 200)
        try await stage.expect("notFound", 1, "keys retire 0011223344556677")
        try await stage.expect("malformed", 2, "keys retire nothing")
        // No key is ever shown but by "generate".
        let generated = try await stage.expect("ok", 0, "keys generate").text("keys")
        #expect(generated.hasPrefix("doorward-keys 1\n"))
        // Keys may come from the environment.
        let other = try CommandLineStage()
        let environment = ["DOORWARD_KEYS": generated]
        let password = Data((CommandLineStage.password + "\n").utf8)
        let arguments = ["--stdin", "--json"]
        let registered = try await other.run(
            ["register", "bob"] + arguments, bytes: password, environment: environment)
        #expect(registered.status == 0)
        #expect(!FileManager.default.fileExists(atPath: other.folder.path + "/doorward/keys"))
        let granted = try await other.run(["login", "bob"] + arguments, bytes: password, environment: environment)
        #expect(granted.status == 0)
        #expect(try await other.run(["login", "bob"] + arguments, bytes: password).status == 3)
        #expect(try await other.run(["keys", "add", "--json"], environment: environment).status == 3)
    }
}
#endif
