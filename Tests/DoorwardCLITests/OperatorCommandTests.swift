// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool && SQLite
import Doorward
import DoorwardTesting
import Foundation
import Testing

/// What an operator asks, from a terminal: what happened, whether the record of it is whole, what is wrong.
@Suite(.timeLimit(.minutes(10))) struct OperatorCommandTests {
    private static let other = "seven yellow umbrellas"

    @Test func aKnownDeviceIsNotLockedOutByStrangers() async throws {
        let stage = try CommandLineStage()
        let stranger = "login alice --session \(stage.folder.path)/stranger"
        try await stage.expect("ok", 0, "register alice", CommandLineStage.password)
        try await stage.expect("notSignedIn", 1, "device remember")
        try await stage.expect("granted", 0, "login alice", CommandLineStage.password)
        try await stage.expect("ok", 0, "device remember --label laptop")
        try await stage.expect("refused", 1, "device remember --trust")
        for _ in 0..<5 { try await stage.expect("denied", 1, stranger, Self.other) }
        try await stage.expect("denied", 1, stranger, CommandLineStage.password)
        try await stage.expect("granted", 0, "login alice", CommandLineStage.password)
        let devices = try await stage.expect("ok", 0, "device list").object["devices"] as? [[String: Any]]
        let id = try #require(devices?.first?["id"] as? String)
        #expect(devices?.count == 1 && devices?.first?["label"] as? String == "laptop")
        try await stage.expect("notFound", 1, "device forget \(String(repeating: "0", count: 32))")
        try await stage.expect("notFound", 1, "device forget nonsense")
        #expect(try await stage.expect("ok", 0, "device forget \(id)").count("forgotten") == 1)
        try await stage.expect("denied", 1, "login alice", CommandLineStage.password)
        #expect(try await stage.run(["device", "forget"]).status == 2)
    }

    @Test func aTrustedDeviceSignsInAtLevelOne() async throws {
        let stage = try CommandLineStage()
        try await stage.expect("ok", 0, "register alice", CommandLineStage.password)
        try await stage.expect("granted", 0, "login alice", CommandLineStage.password)
        let enrolled = try await stage.expect("ok", 0, "hotp enroll")
        let id = try #require(try enrolled.member("authenticator", "id") as? String)
        let secret = try enrolled.text("secret")
        let code = try await stage.json("otp generate --hotp --counter 0", secret).text("code")
        try await stage.expect("ok", 0, "hotp confirm \(id)", code)
        try await stage.expect("secondFactorRequired", 4, "login alice", CommandLineStage.password)
        try await stage.expect("ok", 0, "device remember --trust")
        let login = try await stage.expect("granted", 0, "login alice", CommandLineStage.password)
        #expect(try login.member("session", "aal") as? Int == 1)
        let stale = try await stage.expect("reauthenticationRequired", 4, "recovery generate")
        #expect(try stale.object["methods"] as? [String] == ["pwd", "otp"])
    }

    @Test func whatHappenedIsRecordedAndWhatIsCutIsFound() async throws {
        let stage = try CommandLineStage()
        try await stage.expect("ok", 0, "register alice", CommandLineStage.password)
        try await stage.expect("denied", 1, "login alice", Self.other)
        try await stage.expect("granted", 0, "login alice", CommandLineStage.password)
        let tail = try await stage.expect("ok", 0, "audit tail -n 3").object["events"] as? [[String: Any]]
        #expect(
            tail?.compactMap { $0["event"] as? String } == [
                "authn_login_fail", "authn_login_success", "session_created",
            ])
        let heads = try await stage.run(["audit", "heads"])
        #expect(heads.status == 0)
        let kept = stage.folder.path + "/heads"
        try Data(heads.output.utf8).write(to: URL(fileURLWithPath: kept))
        let verdict = try await stage.expect("ok", 0, "audit verify --heads \(kept)")
        #expect(try verdict.count("entries") == 4 && verdict.count("chains") == 1)
        // Somebody with the file edits it.
        func edit(_ sql: String) async throws {
            let script = "import sqlite3,sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"
            let done = try await Tool("python3").run(
                ["-c", script, stage.folder.path + "/doorward/doorward.db", sql])
            #expect(done.status == 0, "\(done.output)")
        }
        try await edit("DELETE FROM records WHERE kind = 16 AND id = x'0000000000000001'")
        let broken = try await stage.expect("mismatch", 1, "audit verify")
        let faults = try broken.object["faults"] as? [[String: Any]]
        #expect(faults?.first?["number"] as? Int == 1 && faults?.first?["kind"] as? String == "missing")
        let doctor = try await stage.expect("refused", 1, "doctor")
        #expect(try Self.codes(doctor).contains("audit.broken"))
        try await edit("DELETE FROM records WHERE kind = 18")
        try await stage.expect("mismatch", 1, "audit verify")
        try await edit("DELETE FROM records WHERE kind IN (16, 17)")
        let cut = try await stage.expect("mismatch", 1, "audit verify --heads \(kept)")
        #expect((try cut.object["faults"] as? [[String: Any]])?.first?["kind"] as? String == "cut")
        try Data("nonsense\n".utf8).write(to: URL(fileURLWithPath: kept))
        try await stage.expect("malformed", 2, "audit verify --heads \(kept)")
        try await stage.expect("unavailable", 3, "audit verify --heads \(kept).missing")
    }

    private static func codes(_ answer: CommandLineStage.Answer) throws -> Set<String> {
        let findings = try #require(try answer.object["findings"] as? [[String: Any]])
        return Set(findings.compactMap { $0["code"] as? String })
    }

    @Test func doctorFindsWhatIsWrongWithTheFilesAndPutsNothingRight() async throws {
        let stage = try CommandLineStage()
        let folder = stage.folder.path + "/doorward"
        try await stage.expect("ok", 0, "register alice", CommandLineStage.password)
        try await stage.expect("granted", 0, "login alice", CommandLineStage.password)
        try await stage.expect("ok", 0, "device remember")
        let ofTheMachine: Set<String> = ["sqlite.memory", "sqlite.full", "passwords.noBreachList"]
        let healthy = try await stage.json("doctor")
        #expect(try Self.codes(healthy).subtracting(ofTheMachine).isEmpty, "\(healthy)")
        try Data().write(to: URL(fileURLWithPath: folder + "/outbox"))
        let seeds = [
            ("session", "files.session"), ("device", "files.device"), ("outbox", "files.outbox"),
            ("doorward.db", "sqlite.mode"), ("doorward.db-wal", "sqlite.mode"),
        ]
        for (file, code) in seeds {
            #expect(unsafe chmod(folder + "/" + file, 0o640) == 0)
            let answer = try await stage.expect("refused", 1, "doctor")
            #expect(try Self.codes(answer).contains(code), "\(file): \(answer)")
            #expect(unsafe chmod(folder + "/" + file, 0o600) == 0)
        }
        // What is not there is not made.
        let missing = stage.folder.path + "/typo.db"
        for command in ["doctor", "audit verify", "audit tail"] {
            _ = try await stage.json("\(command) --store sqlite:\(missing) --keys \(missing).keys")
            #expect(!FileManager.default.fileExists(atPath: missing))
            #expect(!FileManager.default.fileExists(atPath: missing + ".keys"))
        }
        let typo = try await stage.expect("refused", 1, "doctor --store sqlite:\(missing)")
        #expect(try Self.codes(typo).contains("store.unusable"))
        // What cannot be opened at all is a finding too.
        #expect(unsafe chmod(folder + "/keys", 0o644) == 0)
        #expect(
            try Self.codes(await stage.expect("refused", 1, "doctor")).isSuperset(of: ["files.keys", "store.unusable"]))
        #expect(unsafe chmod(folder + "/keys", 0o600) == 0)
        let list = try await stage.json("doctor --breached \(folder)/session")
        #expect(try Self.codes(list).contains("passwords.breachList"))
        #expect(unsafe chmod(folder, 0o755) == 0)
        #expect(try Self.codes(await stage.expect("refused", 1, "doctor")).contains("files.folder"))
        let mode = try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? Int
        #expect(mode == 0o755)
        #expect(unsafe chmod(folder, 0o700) == 0)
        #expect(try await stage.expect("ok", 0, "admin purge").count("purged") == 0)
    }

    @Test func ownersHearOfChangesAtTheirAddress() async throws {
        let stage = try CommandLineStage()
        _ = try await stage.expect("ok", 0, "account request alice@example.org")
        let outbox = stage.folder.path + "/doorward/outbox"
        func last() throws -> [String: Any] {
            let lines = try String(contentsOfFile: outbox, encoding: .utf8).split(separator: "\n")
            let object = try JSONSerialization.jsonObject(with: Data(try #require(lines.last).utf8))
            return try #require(object as? [String: Any])
        }
        let token = try #require(try last()["token"] as? String)
        try await stage.expect("ok", 0, "account complete", token, CommandLineStage.password)
        try await stage.expect("granted", 0, "login alice@example.org", CommandLineStage.password)
        try await stage.expect("ok", 0, "password change", CommandLineStage.password, Self.other)
        let notice = try last()
        #expect(notice["kind"] as? String == "notice" && notice["notice"] as? String == "passwordChanged")
        #expect(notice["addresses"] as? [String] == ["alice@example.org"])
    }
}
#endif
