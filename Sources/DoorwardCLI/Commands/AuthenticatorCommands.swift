// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward
import Glibc

struct TOTPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "totp", abstract: "Authenticator apps that count time (RFC 6238).",
        subcommands: [Enroll.self, Confirm.self, List.self, Remove.self])

    struct Enroll: EnrollCommand {
        static let configuration = CommandConfiguration(abstract: "Begin to enrol an authenticator app.")
        @Option(help: "The step, in seconds: 1 to 120.") var period = 30
        @OptionGroup var details: EnrollmentOptions
        @OptionGroup var common: CommonOptions
        var type: OneTimePasswordType { .totp(period: period) }
    }
    struct Confirm: ConfirmCommand {
        static let configuration = CommandConfiguration(abstract: "Confirm an enrolment by a first code.")
        @Argument(help: "The authenticator's id.") var id: String
        @OptionGroup var common: CommonOptions
        func lists(_ type: OneTimePasswordType) -> Bool { if case .totp = type { true } else { false } }
    }
    struct List: ListCommand {
        static let configuration = CommandConfiguration(abstract: "List the authenticators.")
        @OptionGroup var common: CommonOptions
        func lists(_ type: OneTimePasswordType) -> Bool { if case .totp = type { true } else { false } }
    }
    struct Remove: RemoveCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove an authenticator; all other sessions end.")
        @Argument(help: "The authenticator's id.") var id: String
        @OptionGroup var common: CommonOptions
        func lists(_ type: OneTimePasswordType) -> Bool { if case .totp = type { true } else { false } }
    }
}

struct HOTPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hotp", abstract: "Authenticators that count presses (RFC 4226).",
        subcommands: [Enroll.self, Confirm.self, List.self, Remove.self, ResynchronizeCommand.self])

    struct Enroll: EnrollCommand {
        static let configuration = CommandConfiguration(abstract: "Begin to enrol an authenticator.")
        @Option(help: "The first counter.") var counter: UInt64 = 0
        @OptionGroup var details: EnrollmentOptions
        @OptionGroup var common: CommonOptions
        var type: OneTimePasswordType { .hotp(counter: counter) }
    }
    struct Confirm: ConfirmCommand {
        static let configuration = CommandConfiguration(abstract: "Confirm an enrolment by a first code.")
        @Argument(help: "The authenticator's id.") var id: String
        @OptionGroup var common: CommonOptions
        func lists(_ type: OneTimePasswordType) -> Bool { if case .hotp = type { true } else { false } }
    }
    struct List: ListCommand {
        static let configuration = CommandConfiguration(abstract: "List the authenticators.")
        @OptionGroup var common: CommonOptions
        func lists(_ type: OneTimePasswordType) -> Bool { if case .hotp = type { true } else { false } }
    }
    struct Remove: RemoveCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove an authenticator; all other sessions end.")
        @Argument(help: "The authenticator's id.") var id: String
        @OptionGroup var common: CommonOptions
        func lists(_ type: OneTimePasswordType) -> Bool { if case .hotp = type { true } else { false } }
    }
}

struct ResynchronizeCommand: ReplyingCommand {
    static let configuration = CommandConfiguration(
        commandName: "resync", abstract: "Find a device again that was used a lot, by two of its codes.")
    @Argument(help: "The authenticator's id.") var id: String
    @OptionGroup var common: CommonOptions

    func reply() async throws -> Reply {
        let answers = try answers()
        return try await withSession { gatekeeper, token in
            guard let all = try await gatekeeper.authenticators(of: token) else { return nil }
            let first = try answers.required("Code from your device", field: "code")
            let second = try answers.required("The next code", field: "code")
            guard let id = AuthenticatorID(id), all.contains(where: { $0.id == id }) else {
                return Reply(.notFound, text: "There is no such authenticator.")
            }
            let outcome = try await gatekeeper.resynchronize(token, id, first, second)
            if case .reauthenticationRequired = outcome { return nil }
            return Reply.of(outcome) { _ in Reply(.ok, text: "Found. Sign in with the next code.") }
        }
    }
}

struct EnrollmentOptions: ParsableArguments {
    @Option(help: "A name of your own for it.") var label = ""
    @Option(help: "SHA1, SHA256 or SHA512. Most apps know SHA1 alone.", transform: OneTimePasswordAlgorithm.option)
    var algorithm = OneTimePasswordAlgorithm.sha1
    @Option(help: "6 to 8.") var digits = 6
    @Option(help: "Write the QR code to this file too (SVG).") var qr: String?
}

extension OneTimePasswordAlgorithm {
    /// As an option's value.
    static func option(_ text: String) throws -> OneTimePasswordAlgorithm {
        guard let algorithm = OneTimePasswordAlgorithm(rawValue: text.uppercased()) else {
            throw ValidationError("--algorithm takes SHA1, SHA256 or SHA512.")
        }
        return algorithm
    }
}

protocol EnrollCommand: ReplyingCommand {
    var type: OneTimePasswordType { get }
    var details: EnrollmentOptions { get }
}

extension EnrollCommand {
    func validate() throws {
        guard (6...8).contains(details.digits) else { throw ValidationError("--digits takes 6 to 8.") }
        if case .totp(let period) = type, !TOTP.periods.contains(period) {
            throw ValidationError("--period takes 1 to 120.")
        }
        #if !QRCode
        if details.qr != nil { throw ValidationError("--qr needs a build with the trait \"QRCode\".") }
        #endif
    }

    func reply() async throws -> Reply {
        try await withFreshSession { gatekeeper, fresh in
            let picture = try details.qr.map { path in
                // The picture is the secret. There is a place for it before there is a secret to lose.
                try FileReplacement(path, what: "the file for the QR code", room: 100_000)
            }
            let settings = AuthenticatorSettings(
                type: type, label: details.label, algorithm: details.algorithm, digits: details.digits)
            let outcome = try await gatekeeper.beginEnrollment(fresh, settings: settings)
            return try Reply.of(outcome) { enrollment in
                let uri = enrollment.uri.revealed()
                let secret = enrollment.secret.revealedBase32()
                var reply = Reply(
                    .ok,
                    [
                        "authenticator": .authenticator(enrollment.authenticator), "uri": .string(uri),
                        "secret": .string(secret),
                    ],
                    text: "Scan the code, or type the key. They are shown this once.",
                    "Confirm with: doorward \(family) confirm \(enrollment.authenticator.id)")
                reply.data = try draw(uri, into: picture) + [uri, secret]
                return reply
            }
        }
    }

    /// The QR code for the terminal, and into a file if there is one.
    private func draw(_ uri: String, into picture: FileReplacement?) throws -> [String] {
        #if QRCode
        guard let code = QRCode(uri) else { return [] }
        try picture?.install(code.svg())
        return [code.terminal(coloured: Terminal.takesColours)]
        #else
        return []
        #endif
    }

    private var family: String { if case .totp = type { "totp" } else { "hotp" } }
}

protocol ConfirmCommand: ReplyingCommand {
    var id: String { get }
    func lists(_ type: OneTimePasswordType) -> Bool
}

extension ConfirmCommand {
    func reply() async throws -> Reply {
        let answers = try answers()
        return try await withSession { gatekeeper, token in
            guard let all = try await gatekeeper.authenticators(of: token) else { return nil }
            let place = try sessionFile.prepare()
            let code = try answers.required("Code from your app", field: "code")
            guard let id = AuthenticatorID(id), all.contains(where: { $0.id == id && lists($0.type) }) else {
                return Reply(.notFound, text: "There is no such enrolment.")
            }
            let outcome = try await gatekeeper.confirm(token, id, code: code)
            if case .reauthenticationRequired = outcome { return nil }
            return try Reply.of(outcome) {
                try renewed(
                    $0, in: place, text: "Confirmed. From now on signing in takes a code; all other sessions ended.")
            }
        }
    }
}

protocol ListCommand: ReplyingCommand { func lists(_ type: OneTimePasswordType) -> Bool }

extension ListCommand {
    func reply() async throws -> Reply {
        try await withSession { gatekeeper, token in
            guard let all = try await gatekeeper.authenticators(of: token) else { return nil }
            let listed = all.filter { lists($0.type) }
            var reply = Reply(.ok, ["authenticators": .array(listed.map(JSONValue.authenticator))])
            reply.data = listed.map { "\($0.id)  \($0.status.rawValue)  \($0.label)" }
            return reply
        }
    }
}

protocol RemoveCommand: ReplyingCommand {
    var id: String { get }
    func lists(_ type: OneTimePasswordType) -> Bool
}

extension RemoveCommand {
    func reply() async throws -> Reply {
        try await withFreshSession { gatekeeper, fresh in
            guard let token = try sessionFile.read(), let id = AuthenticatorID(id),
                try await gatekeeper.authenticators(of: token)?.contains(where: { $0.id == id && lists($0.type) })
                    == true
            else { return Reply(.notFound, text: "There is no such authenticator.") }
            let place = try sessionFile.prepare()
            let outcome = try await gatekeeper.removeAuthenticator(fresh, id)
            return try Reply.of(outcome) { signedIn in
                try place.install(signedIn.token)
                return Reply(.ok, text: "Removed; all other sessions ended.")
            }
        }
    }
}
#endif
