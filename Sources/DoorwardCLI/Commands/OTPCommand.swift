// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward

struct OTPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "otp", abstract: "Compute or verify one-time passwords. Keeps nothing.",
        subcommands: [Generate.self, Verify.self])

    struct Generate: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "The code of a secret in Base32.")
        @OptionGroup var details: OTPOptions
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let secret = try details.secret(from: answers())
            let (code, counter): (String, UInt64)
            if details.hotp {
                counter = details.counter ?? 0
                code = try details.hotp(secret).code(at: counter)
            } else {
                let totp = try details.totp(secret)
                guard let step = totp.step(at: details.time), let text = totp.code(at: details.time) else {
                    throw MalformedInput(field: "at", message: "There are no codes before 1970.")
                }
                (code, counter) = (text, step)
            }
            var reply = Reply(.ok, ["code": .string(code), "counter": .counter(counter)])
            reply.data = [code]
            return reply
        }
    }

    struct Verify: ReplyingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether a code is right. Without memory there is no protection from replay.")
        @OptionGroup var details: OTPOptions
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let answers = try answers()
            let secret = try details.secret(from: answers)
            let code = try answers.required("Code", field: "code")
            let verdict =
                if details.hotp {
                    try details.hotp(secret).verify(code, after: nil, from: details.counter ?? 0)
                } else {
                    try details.totp(secret).verify(code, after: nil, at: details.time)
                }
            guard case .accepted(let counter) = verdict else { return Reply(.mismatch, text: "It is not right.") }
            var reply = Reply(.match, ["counter": .counter(counter)], text: "It is right, with this counter:")
            reply.data = ["\(counter)"]
            return reply
        }
    }
}

struct OTPOptions: ParsableArguments {
    @Flag(help: "Count presses instead of time.") var hotp = false
    @Option(help: "The counter, with --hotp.") var counter: UInt64?
    @Option(help: "The time, in seconds since 1970; now if not given.") var at: Int64?
    @Option(help: "SHA1, SHA256 or SHA512.", transform: OneTimePasswordAlgorithm.option)
    var algorithm = OneTimePasswordAlgorithm.sha1
    @Option(help: "6 to 8.") var digits = 6
    @Option(help: "The step, in seconds.") var period = 30

    func validate() throws {
        guard counter == nil || hotp else { throw ValidationError("--counter goes with --hotp.") }
        // To the end of the year 9999.
        guard at.map({ $0 <= 253_402_300_799 }) ?? true else { throw ValidationError("--at is beyond the year 9999.") }
        guard at == nil || !hotp else { throw ValidationError("--at does not go with --hotp.") }
        guard (6...8).contains(digits) else { throw ValidationError("--digits takes 6 to 8.") }
        guard TOTP.periods.contains(period) else { throw ValidationError("--period takes 1 to 120.") }
    }

    var time: Timestamp { at.map { Timestamp(seconds: $0) } ?? SystemWallClock().now() }

    func secret(from answers: Answers) throws -> SharedSecret {
        guard let secret = SharedSecret(base32: try answers.required("Secret (Base32)", field: "secret")) else {
            throw MalformedInput(field: "secret", message: "A secret is 16 to 128 bytes in Base32.")
        }
        return secret
    }

    func hotp(_ secret: SharedSecret) throws -> HOTP {
        guard let hotp = HOTP(secret: secret, algorithm: algorithm, digits: digits) else {
            throw ValidationError("--digits takes 6 to 8.")
        }
        return hotp
    }

    func totp(_ secret: SharedSecret) throws -> TOTP {
        guard let totp = TOTP(secret: secret, algorithm: algorithm, digits: digits, period: period) else {
            throw ValidationError("--digits takes 6 to 8, --period 1 to 120.")
        }
        return totp
    }
}
#endif
