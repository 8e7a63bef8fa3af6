// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool && SQLite
import Doorward
import DoorwardTesting
import Foundation
import Glibc
import Testing

/// Every row of the command line's table, with its outcomes and exit codes.
@Suite(.timeLimit(.minutes(10))) struct CommandTests {
    private let password = CommandLineStage.password
    private let other = "seven yellow umbrellas"

    private func code(_ secret: String) throws -> String {
        let totp = try #require(SharedSecret(base32: secret).flatMap { TOTP(secret: $0) })
        return try #require(totp.code(at: SystemWallClock().now()))
    }

    @Test func thePathFromRegistrationToLockout() async throws {
        let stage = try CommandLineStage()
        try await stage.expect("notSignedIn", 1, "whoami")
        try await stage.expect("notSignedIn", 1, "logout")
        let registered = try await stage.expect("ok", 0, "register Alice", password)
        #expect(try registered.text("name") == "alice")
        let refused = try await stage.expect("refused", 1, "register alice", "alice")
        let codes = try #require(try refused.object["violations"] as? [[String: String]]).compactMap { $0["code"] }
        #expect(codes == ["password.tooShort", "password.context", "name.taken"])
        try await stage.expect("malformed", 2, "register a\u{200B}b", password)
        try await stage.expect("malformed", 2, "register bob", nil)

        try await stage.expect("denied", 1, "login alice", other)
        let login = try await stage.expect("granted", 0, "login ALICE --print-token", password)
        #expect(try login.text("token").count == 68)
        #expect(try login.member("session", "aal") as? Int == 1)
        #expect(try login.member("session", "current") as? Bool == true)
        #expect(try login.member("session", "methods") as? [String] == ["pwd"])
        let who = try await stage.expect("ok", 0, "whoami")
        #expect(try who.text("name") == "alice")
        #expect(try who.member("session", "id") as? String == login.member("session", "id") as? String)

        for _ in 0..<4 { try await stage.expect("denied", 1, "login alice", other) }
        let fifth = try await stage.expect("denied", 1, "login alice", other)
        #expect(try fifth.count("retryAfter") == 30)
        let locked = try await stage.expect("denied", 1, "login alice", password)
        #expect((1...30).contains(try locked.count("retryAfter")))
        let status = try await stage.expect("ok", 0, "admin status alice")
        #expect(try status.object["locked"] as? Bool == true)
        try await stage.expect("ok", 0, "admin unlock alice")
        try await stage.expect("granted", 0, "login alice", password)
        try await stage.expect("ok", 0, "logout")
        try await stage.expect("notSignedIn", 1, "logout")
        #expect(!FileManager.default.fileExists(atPath: stage.folder.path + "/doorward/session"))
    }

    @Test func authenticatorsAndRecoveryCodes() async throws {
        let stage = try CommandLineStage()
        try await stage.expect("ok", 0, "register alice", password)
        try await stage.expect("notSignedIn", 1, "totp enroll")
        try await stage.expect("granted", 0, "login alice", password)
        try await stage.expect("refused", 1, "recovery generate")
        let enrolled = try await stage.expect("ok", 0, "totp enroll --label phone")
        let secret = try enrolled.text("secret")
        let id = try #require(try enrolled.member("authenticator", "id") as? String)
        #expect(try enrolled.member("authenticator", "status") as? String == "pending")
        #expect(try enrolled.text("uri").hasPrefix("otpauth://totp/Doorward:alice?secret=\(secret)&"))
        try await stage.expect("notFound", 1, "hotp confirm \(id)", "123456")
        try await stage.expect("unavailable", 3, "totp enroll --qr /nowhere/x.svg")
        try await stage.expect("notFound", 1, "totp confirm \(String(repeating: "0", count: 32))", "123456")
        try await stage.expect("denied", 1, "totp confirm \(id)", "12345")
        let confirmed = try await stage.expect("ok", 0, "totp confirm \(id)", try code(secret))
        #expect(try confirmed.member("session", "aal") as? Int == 2)
        let list = try await stage.expect("ok", 0, "totp list")
        let listed = try #require(try list.object["authenticators"] as? [[String: Any]])
        #expect(
            listed.count == 1 && listed[0]["status"] as? String == "active" && listed[0]["period"] as? Int == 30)
        let none = try await stage.expect("ok", 0, "hotp list")
        #expect(try (none.object["authenticators"] as? [Any])?.isEmpty == true)

        let made = try await stage.expect("ok", 0, "recovery generate")
        let codes = try #require(try made.object["codes"] as? [String])
        #expect(codes.count == 10)
        let missing = try await stage.expect("secondFactorRequired", 4, "login alice", password)
        #expect(try missing.object["methods"] as? [String] == ["otp", "recovery"])
        try await stage.expect("secondFactorRequired", 4, "login alice", password, "")
        try await stage.expect("denied", 1, "login alice", password, "000000x")
        let login = try await stage.expect("granted", 0, "login alice", password, codes[0].lowercased())
        #expect(try login.member("session", "methods") as? [String] == ["pwd", "recovery"])
        try await stage.expect("denied", 1, "login alice", password, codes[0])
        let left = try await stage.expect("ok", 0, "recovery status")
        #expect(try left.count("remaining") == 9)

        try await stage.expect("denied", 1, "session reauthenticate", other, codes[1])
        try await stage.expect("secondFactorRequired", 4, "session reauthenticate", password)
        try await stage.expect("granted", 0, "session reauthenticate", password, codes[2])
        try await stage.expect("notFound", 1, "hotp remove \(id)")
        try await stage.expect("ok", 0, "totp remove \(id)")
        try await stage.expect("granted", 0, "login alice", password, "ignored")

        let hotp = try await stage.expect("ok", 0, "hotp enroll --counter 5 --digits 8 --algorithm SHA256")
        let hotpID = try #require(try hotp.member("authenticator", "id") as? String)
        #expect(try hotp.member("authenticator", "counter") as? Int == 5)
        let device = try #require(SharedSecret(base32: try hotp.text("secret")))
        let generator = try #require(HOTP(secret: device, algorithm: .sha256, digits: 8))
        try await stage.expect("ok", 0, "hotp confirm \(hotpID)", generator.code(at: 5))
        try await stage.expect("denied", 1, "login alice", password, generator.code(at: 5))
        try await stage.expect("granted", 0, "login alice", password, generator.code(at: 8))
    }

    @Test func sessionsAndPasswords() async throws {
        let stage = try CommandLineStage()
        try await stage.expect("ok", 0, "register alice", password)
        try await stage.expect("granted", 0, "login alice", password)
        // A second browser: another session file.
        let elsewhere = stage.folder.path + "/elsewhere"
        try await stage.expect("granted", 0, "login alice --session \(elsewhere)", password)
        let list = try await stage.expect("ok", 0, "session list")
        let sessions = try #require(try list.object["sessions"] as? [[String: Any]])
        #expect(sessions.map { $0["current"] as? Bool } == [true, false])
        let theirs = try #require(sessions[1]["id"] as? String)
        try await stage.expect("notFound", 1, "session revoke nonsense")
        try await stage.expect("notFound", 1, "session revoke \(String(theirs.reversed()))")
        #expect(try await stage.expect("ok", 0, "session revoke \(theirs)").count("revoked") == 1)
        try await stage.expect("notSignedIn", 1, "whoami --session \(elsewhere)")
        try await stage.expect("ok", 0, "session regenerate")
        try await stage.expect("granted", 0, "login alice --session \(elsewhere)", password)
        #expect(try await stage.expect("ok", 0, "session revoke --others").count("revoked") == 1)

        try await stage.expect("refused", 1, "password change", password, "short")
        let same = try await stage.expect("refused", 1, "password change", password, password)
        #expect(same.output.contains("password.reused"))
        try await stage.expect("denied", 1, "password change", other, "another long enough one")
        try await stage.expect("malformed", 2, "password change", password)
        try await stage.expect("ok", 0, "password change", password, other)
        try await stage.expect("denied", 1, "login alice", password)
        try await stage.expect("ok", 0, "password check", "nobody would think of this")
        try await stage.expect("refused", 1, "password check --for alice", "alicealicealice")
        #expect(try await stage.expect("ok", 0, "session revoke --all").count("revoked") == 1)
        try await stage.expect("notSignedIn", 1, "session list")

        try await stage.expect("granted", 0, "login alice", other)
        try await stage.expect("ok", 0, "admin disable alice")
        try await stage.expect("ok", 0, "admin disable alice")
        try await stage.expect("notSignedIn", 1, "whoami")
        try await stage.expect("denied", 1, "login alice", other)
        try await stage.expect("ok", 0, "admin enable alice")
        try await stage.expect("granted", 0, "login alice", other)
        #expect(try await stage.expect("ok", 0, "admin revoke-everything").count("revoked") == 1)
        for command in ["status", "unlock", "disable", "enable"] {
            try await stage.expect("notFound", 1, "admin \(command) nobody")
            try await stage.expect("notFound", 1, "admin \(command) a\u{200B}b")
        }
    }

    @Test func commandsThatNeedNoStore() async throws {
        let stage = try CommandLineStage()
        let hash = try await stage.expect("ok", 0, "hash", password).text("phc")
        #expect(hash.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        let match = try await stage.expect("match", 0, "verify", hash, password)
        #expect(try match.object["needsRehash"] as? Bool == false)
        try await stage.expect("mismatch", 1, "verify", hash, other)
        try await stage.expect("mismatch", 1, "verify", hash, "")
        try await stage.expect("malformed", 2, "verify", "$argon2id$nonsense", other)
        try await stage.expect("malformed", 2, "verify", hash.replacing("m=19456", with: "m=4294967295"), other)
        try await stage.expect("malformed", 2, "verify", hash)
        let old = try await stage.expect("ok", 0, "hash --memory 65536 --passes 3 --parallelism 4", password).text(
            "phc")
        #expect(try await stage.expect("match", 0, "verify", old, password).object["needsRehash"] as? Bool == true)

        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        let code = try await stage.expect("ok", 0, "otp generate --at 59 --digits 8", secret)
        #expect(try code.text("code") == "94287082")
        #expect(try code.count("counter") == 1)
        #expect(
            try await stage.expect("match", 0, "otp verify --at 89 --digits 8", secret, "94287082").count("counter")
                == 1)
        try await stage.expect("mismatch", 1, "otp verify --at 120 --digits 8", secret, "94287082")
        try await stage.expect("mismatch", 1, "otp verify --at 59", secret, "nonsense")
        #expect(try await stage.expect("ok", 0, "otp generate --hotp --counter 3", secret).text("code") == "969429")
        #expect(
            try await stage.expect("match", 0, "otp verify --hotp --counter 1", secret, "969429").count("counter")
                == 3)
        try await stage.expect("malformed", 2, "otp generate", "not base32")
        try await stage.expect("malformed", 2, "otp verify", secret)

        let uri = try await stage.expect("ok", 0, "uri build --account alice --issuer Example", secret).text("uri")
        let parsed = try await stage.expect("ok", 0, "uri parse", uri)
        #expect(try parsed.text("type") == "totp")
        #expect(try parsed.text("issuer") == "Example")
        #expect(try parsed.count("period") == 30)
        #expect(try parsed.text("secret") == secret)
        try await stage.expect("malformed", 2, "uri parse", "otpauth://nonsense")
        let far = try await stage.run(
            ["otp", "generate", "--hotp", "--counter", "18446744073709551615", "--json", "--stdin"],
            bytes: Data((secret + "\n").utf8))
        #expect(far.output.contains("\"counter\":18446744073709551615"))
        for vector in [
            #"{"test": "truncation", "hmac": "", "code": "123456"}"#,
            #"{"test": "hkdf", "hash": "SHA256", "key": "0b", "salt": "", "info": "", "okm": ""}"#,
            #"{"test": "cbor", "cbor": "\#(String(repeating: "81", count: 20_000))00"}"#, #"{"test": "nonsense"}"#,
        ] {
            try #"{"source": "test", "vectors": [\#(vector)]}"#
                .write(toFile: stage.folder.path + "/wrong.json", atomically: true, encoding: .utf8)
            #expect(try await stage.run(["vectors", stage.folder.path]).status == 1)
        }

        let vectors = try await stage.run(["vectors"])
        #expect(vectors.status == 0)
        let last = try #require(vectors.output.split(separator: "\n").last)
        #expect(last.wholeMatch(of: /[0-9]{3} passed, 0 failed/) != nil)
        try
            #"{"source": "test", "vectors": [{"test": "encoding", "encoding": "base32", "bytes": "66", "text": "MZ======"}]}"#
            .write(toFile: stage.folder.path + "/wrong.json", atomically: true, encoding: .utf8)
        let wrong = try await stage.run(["vectors", stage.folder.path])
        #expect(wrong.status == 1 && wrong.output.hasSuffix("0 passed, 1 failed\n"))
        try await stage.expectUsageError(["vectors", stage.folder.path + "/doorward"])
        let demo = try await stage.run(["demo"])
        #expect(demo.status == 0 && !demo.output.contains("✗"), "\(demo)")
    }

    @Test func badInputHasTheOutcomeThatIsStated() async throws {
        let stage = try CommandLineStage()
        try await stage.expectUsageError(["login", "alice"])
        try await stage.expectUsageError(["login", "alice", "--json"], bytes: nil)
        try await stage.expectUsageError(["register"])
        try await stage.expectUsageError(["nonsense"])
        try await stage.expectUsageError(["session", "revoke"])
        try await stage.expectUsageError(["session", "revoke", "--all", "--others"])
        try await stage.expectUsageError(["hash", "--memory", "8", "--stdin"], bytes: Data())
        try await stage.expectUsageError(["totp", "enroll", "--digits", "9"])
        try await stage.expectUsageError(["whoami", "--store", "mysql:x"])
        let elsewhere = ["DOORWARD_STORE": "mysql:x"]
        let usage = try await stage.run(["register", "x", "--stdin"], bytes: Data(), environment: elsewhere)
        #expect(usage.status == 2 && usage.output.isEmpty)
        let hash = try await stage.run(["hash", "--stdin", "--json"], bytes: Data("x\n".utf8), environment: elsewhere)
        #expect(hash.status == 0)
        try await stage.expect("denied", 1, "login nobody --store memory:", password)
        func answer(_ bytes: [UInt8]) async throws -> CommandLineStage.Answer {
            try await stage.run(["login", "alice", "--json", "--stdin"], bytes: Data(bytes))
        }
        for bytes in [
            [0xFF, 0x0A], [], [UInt8](repeating: 0x61, count: 16_385) + [0x0A],
            [UInt8](repeating: 0x61, count: 1_000_000),
        ] {
            let malformed = try await answer(bytes)
            #expect(malformed.status == 2)
            #expect(try malformed.text("outcome") == "malformed")
            #expect(try malformed.text("field") == "password")
        }
        for name in ["", "a\u{202E}b", String(repeating: "x", count: 300)] {
            let denied = try await stage.run(["login", name, "--json", "--stdin"], bytes: Data("x\n".utf8))
            #expect(denied.status == 1)
            #expect(try denied.text("outcome") == "denied")
        }
        try await stage.expect("ok", 0, "register alice", password)
        // CR LF ends a line too.
        #expect(try await answer(Array((password + "\r\n").utf8)).text("outcome") == "granted")
        try await stage.expect("granted", 0, "login alice", password)
        let file = stage.folder.path + "/doorward/session"
        for text in ["", "nonsense", "dws_" + String(repeating: "A", count: 64)] {
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            try await stage.expect("notSignedIn", 1, "whoami")
        }
    }

    @Test func filesThatCannotBeUsedAreUnavailableAndStayAsTheyAre() async throws {
        let stage = try CommandLineStage()
        try await stage.expect("ok", 0, "register alice", password)
        let state = stage.folder.path + "/doorward"
        for name in ["doorward.db", "keys"] {
            var status = stat()
            #expect(unsafe stat(state + "/" + name, &status) == 0 && status.st_mode & 0o777 == 0o600)
        }
        let garbage = stage.folder.path + "/garbage"
        try String(repeating: "no database ", count: 100).write(toFile: garbage, atomically: true, encoding: .utf8)
        let before = try Data(contentsOf: URL(fileURLWithPath: garbage))
        let keys = state + "/keys"
        try await stage.expect("unavailable", 3, "login alice --store sqlite:\(garbage)", password)
        #expect(try Data(contentsOf: URL(fileURLWithPath: garbage)) == before)
        try await stage.expect("unavailable", 3, "login alice --store sqlite:\(stage.folder.path)", password)
        try await stage.expect("unavailable", 3, "login alice --store sqlite:/nowhere/at/all.db", password)
        // A session file that cannot be replaced is noticed before anything is done.
        try await stage.expect("granted", 0, "login alice", password)
        let nowhere = stage.folder.path + "/nowhere/session"
        try await stage.expect("unavailable", 3, "login alice --session \(nowhere)", password)
        #expect(try (await stage.expect("ok", 0, "session list").object["sessions"] as? [Any])?.count == 1)
        try await stage.expect("ok", 0, "logout")
        // A foreign ring, a missing one, one that others can read, a link.
        try await stage.expect(
            "ok", 0, "register bob --store sqlite:\(stage.folder.path)/b.db --keys \(stage.folder.path)/bk",
            password)
        try await stage.expect("unavailable", 3, "login alice --keys \(stage.folder.path)/bk", password)
        try await stage.expect("unavailable", 3, "login alice --keys \(stage.folder.path)/none", password)
        #expect(!FileManager.default.fileExists(atPath: stage.folder.path + "/none"))
        unsafe symlink(keys, stage.folder.path + "/link")
        try await stage.expect("unavailable", 3, "login alice --keys \(stage.folder.path)/link", password)
        unsafe chmod(keys, 0o644)
        try await stage.expect("unavailable", 3, "login alice", password)
        unsafe chmod(keys, 0o600)
        try await stage.expect("granted", 0, "login alice", password)
    }
}
#endif
