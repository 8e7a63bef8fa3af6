// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward

struct URICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uri", abstract: "Provisioning URIs for authenticator apps.",
        subcommands: [Build.self, Parse.self])

    struct Build: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "Make an otpauth URI of a secret.")
        @Option(help: "totp or hotp.") var type = "totp"
        @Option(help: "The account's name.") var account: String
        @Option(help: "The service's name.") var issuer: String?
        @Option(help: "SHA1, SHA256 or SHA512.", transform: OneTimePasswordAlgorithm.option)
        var algorithm = OneTimePasswordAlgorithm.sha1
        @Option(help: "6 to 8.") var digits = 6
        @Option(help: "The step, in seconds, for totp.") var period = 30
        @Option(help: "The first counter, for hotp.") var counter: UInt64 = 0
        @OptionGroup var common: CommonOptions

        func validate() throws {
            guard ["totp", "hotp"].contains(type) else { throw ValidationError("--type takes totp or hotp.") }
            guard (6...8).contains(digits) else { throw ValidationError("--digits takes 6 to 8.") }
            guard TOTP.periods.contains(period) else { throw ValidationError("--period takes 1 to 120.") }
        }

        func reply() async throws -> Reply {
            guard let secret = SharedSecret(base32: try answers().required("Secret (Base32)", field: "secret"))
            else {
                throw MalformedInput(field: "secret", message: "A secret is 16 to 128 bytes in Base32.")
            }
            guard
                let uri = ProvisioningURI(
                    type: type == "totp" ? .totp(period: period) : .hotp(counter: counter), secret: secret,
                    account: account, issuer: issuer, algorithm: algorithm, digits: digits)
            else {
                throw MalformedInput(
                    field: issuer.map(ProvisioningURI.isGood) ?? true ? "account" : "issuer",
                    message: "It has 1 to 255 bytes, no colon or control character, and no spaces around it.")
            }
            var reply = Reply(.ok, ["uri": .string(uri.revealed())])
            reply.data = [uri.revealed()]
            return reply
        }
    }

    struct Parse: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "Say what an otpauth URI says.")
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let text = try answers().required("URI", field: "uri")
            let uri: ProvisioningURI
            do throws(ProvisioningURIError) { uri = try ProvisioningURI(parsing: text) } catch {
                throw MalformedInput(field: "uri", message: "Not a provisioning URI: \(error.reason).")
            }
            var reply = Reply(
                .ok,
                [
                    "issuer": uri.issuer.map(JSONValue.string), "account": .string(uri.account),
                    "secret": .string(uri.secret.revealedBase32()), "algorithm": .string(uri.algorithm.rawValue),
                    "digits": .integer(uri.digits),
                ])
            switch uri.type {
            case .totp(let period):
                reply.members["type"] = .string("totp")
                reply.members["period"] = .integer(period)
            case .hotp(let counter):
                reply.members["type"] = .string("hotp")
                reply.members["counter"] = .counter(counter)
            }
            reply.data = reply.members.sorted { $0.key < $1.key }.map { member in
                if case .string(let text) = member.value {
                    "\(member.key): \(text)"
                } else {
                    "\(member.key): \(member.value.text)"
                }
            }
            return reply
        }
    }
}
#endif
