// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool && SQLite
import Doorward
import DoorwardTesting
import Foundation
import Testing

/// What other programs make is understood here, and the other way round.
@Suite(.timeLimit(.minutes(10))) struct InteroperationTests {
    @Test(.enabled(if: Tool.isExpected("oathtool"))) func codesAgreeWithOathtool() async throws {
        let oathtool = try Tool("oathtool")
        let random = SeededRandomSource(seed: 11)
        for round in 0..<40 {
            let algorithm = OneTimePasswordAlgorithm.allCases[round % 3]
            let digits = 6 + round % 3
            let secret = try #require(SharedSecret(bytes: Secret(copying: random.bytes(16 + round))))
            let base32 = secret.revealedBase32()
            if round % 2 == 0 {
                let period = [30, 60, 15][round % 3]
                let time = Int64(random.next() % 4_000_000_000)
                let theirs = try await oathtool.run([
                    "--totp=\(algorithm.rawValue)", "-b", "-d", "\(digits)", "-s", "\(period)s", "-N", "@\(time)",
                    base32,
                ]).output
                let totp = try #require(TOTP(secret: secret, algorithm: algorithm, digits: digits, period: period))
                #expect(totp.code(at: Timestamp(seconds: time)) == theirs.trimmingCharacters(in: .newlines))
            } else {
                let counter = random.next() % 1_000_000
                let theirs = try await oathtool.run(["--hotp", "-b", "-d", "\(digits)", "-c", "\(counter)", base32])
                    .output
                let hotp = try #require(HOTP(secret: secret, digits: digits))
                #expect(hotp.code(at: counter) == theirs.trimmingCharacters(in: .newlines))
            }
        }
    }

    @Test(.enabled(if: Tool.isExpected("openssl"))) func aListOfOpenSSLsDigestsKeepsBreachedPasswordsOut() async throws
    {
        let openssl = try Tool("openssl")
        let stage = try CommandLineStage()
        let breached = "seven yellow umbrellas"
        var lines: [String] = []
        for password in [breached, "correct horse battery staple", "Пароль, который утёк"] {
            let answer = try await openssl.run(["dgst", "-sha1", "-r"], input: password)
            lines.append(String(answer.output.prefix(40)).uppercased() + ":17")
        }
        let (source, list) = (stage.folder.path + "/source", stage.folder.path + "/list")
        try Data((lines.sorted().joined(separator: "\r\n") + "\r\n").utf8).write(to: URL(fileURLWithPath: source))
        let built = try await stage.json("breached build \(source) \(list)")
        #expect(try built.status == 0 && built.count("values") == 3)
        #expect(try built.count("falsePositiveOneIn") >= 1_048_576)
        #expect(try await stage.json("breached verify \(list)").status == 0)
        #expect(try await stage.json("breached check \(list)", "Пароль, который утёк").status == 0)
        #expect(try await stage.json("breached check \(list)", CommandLineStage.password).status == 1)
        let refused = try await stage.json("register alice --breached \(list)", breached)
        #expect(refused.status == 1 && refused.output.contains("password.breached"))
        #expect(try await stage.json("register alice --breached \(source)", breached).status == 3)
        let taken = try await stage.json("register alice --breached \(list)", CommandLineStage.password)
        #expect(taken.status == 0)
    }

    @Test(.enabled(if: Tool.isExpected("argon2"))) func aHashOfTheArgon2ToolVerifiesHere() async throws {
        let argon2 = try Tool("argon2")
        let stage = try CommandLineStage()
        for variant in ["-id", "-i", "-d"] {
            let hash = try await argon2.run(
                ["some long salt", variant, "-t", "3", "-k", "4096", "-p", "2", "-l", "32", "-e"],
                input: CommandLineStage.password
            ).output.trimmingCharacters(in: .newlines)
            let answer = try await stage.expect("match", 0, "verify", hash, CommandLineStage.password)
            #expect(try answer.object["needsRehash"] as? Bool == true)
            try await stage.expect("mismatch", 1, "verify", hash, CommandLineStage.password + " ")
        }
    }

    @Test(.enabled(if: Tool.isExpected("python3"))) func aHashFromHereVerifiesInArgon2Cffi() async throws {
        // Debian's own Python, which has Debian's own package.
        let python =
            FileManager.default.isExecutableFile(atPath: "/usr/bin/python3") ? "/usr/bin/python3" : "python3"
        let probe = try await Tool.run(python, ["-c", "import argon2"], input: nil)
        guard probe.status == 0 else {
            let isCI = ProcessInfo.processInfo.environment["CI"] == "true"
            #expect(!isCI, "argon2-cffi is not installed")
            return
        }
        let stage = try CommandLineStage()
        let hash = try await stage.expect("ok", 0, "hash", CommandLineStage.password).text("phc")
        let program = "import argon2, sys; argon2.PasswordHasher().verify(sys.argv[1], sys.argv[2])"
        #expect(
            try await Tool.run(python, ["-c", program, hash, CommandLineStage.password], input: nil).status == 0)
        #expect(try await Tool.run(python, ["-c", program, hash, "something else"], input: nil).status != 0)
        let theirs = try await Tool.run(
            python,
            [
                "-c", "import argon2, sys; print(argon2.PasswordHasher().hash(sys.argv[1]))",
                CommandLineStage.password,
            ],
            input: nil
        ).output.trimmingCharacters(in: .newlines)
        try await stage.expect("match", 0, "verify", theirs, CommandLineStage.password)
    }

    #if QRCode
    /// Draws half blocks as pixels: what is written is ink, the rest is paper.
    private static func draw(_ lines: [String]) -> Data {
        let scale = 4
        let columns = lines.map(\.count).max() ?? 0
        var rows: [String] = []
        for line in lines {
            let cells = Array(line)
            for upper in [true, false] {
                let row = (0..<columns).map { column in
                    let cell = column < cells.count ? cells[column] : " "
                    return cell == "█" || cell == (upper ? "▀" : "▄") ? "1" : "0"
                }
                let wide = row.flatMap { Array(repeating: $0, count: scale) }.joined(separator: " ")
                rows += Array(repeating: wide, count: scale)
            }
        }
        return Data("P1\n\(columns * scale) \(rows.count)\n\(rows.joined(separator: "\n"))\n".utf8)
    }

    @Test(.enabled(if: Tool.isExpected("zbarimg"))) func theQRCodeOfTheTerminalDecodesToTheExactURI()
        async throws
    {
        let zbarimg = try Tool("zbarimg")
        let stage = try CommandLineStage()
        try await stage.expect("ok", 0, "register alice", CommandLineStage.password)
        try await stage.expect("granted", 0, "login alice", CommandLineStage.password)
        let svg = stage.folder.path + "/code.svg"
        let shown = try await stage.run(["totp", "enroll", "--qr", svg])
        let lines = shown.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let uri = try #require(lines.first { $0.hasPrefix("otpauth://") })
        let picture = lines.prefix { !$0.hasPrefix("otpauth://") }
        let image = stage.folder.path + "/code.pbm"
        try Self.draw(Array(picture)).write(to: URL(fileURLWithPath: image))
        let decoded = try await zbarimg.run(["-q", "--raw", image])
        #expect(decoded.output == uri + "\n")
        let permissions = try FileManager.default.attributesOfItem(atPath: svg)[.posixPermissions] as? Int
        #expect(permissions == 0o600)
        #expect(try String(contentsOfFile: svg, encoding: .utf8).hasPrefix("<?xml"))
    }
    #endif
}
#endif
