// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward

struct PasswordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "password",
        abstract: "Change the password, set a new one for a forgotten one, or check a candidate.",
        subcommands: [Change.self, Reset.self, Redeem.self, Check.self])

    struct Change: ReplyingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change the password; all other sessions end.")

        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let answers = try answers()
            return try await withFreshSession { gatekeeper, fresh in
                let place = try sessionFile.prepare()
                let current = try answers.password("Current password", field: "currentPassword")
                let outcome = try await gatekeeper.changePassword(
                    fresh, current: current, to: answers.newPassword(), device: deviceFile.read())
                return try Reply.of(outcome) {
                    try renewed($0, in: place, text: "The password is changed; all other sessions ended.")
                }
            }
        }
    }

    struct Reset: ReplyingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have a token sent that sets a new password. The answer is the same for every name.")

        @Argument(help: "The account's name.") var name: String
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            try await sending { gatekeeper in
                switch try await gatekeeper.requestPasswordReset(name) {
                case .accepted:
                    return Reply(.ok, text: "If there is such an account, see what was sent to its address.")
                case .denied(let denial): return .denied(denial)
                }
            }
        }
    }

    struct Redeem: ReplyingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set a new password, by the token that was sent. Signs nobody in.")

        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let answers = try answers()
            let text = try answers.required("Token", field: "token")
            guard let token = PasswordToken(text) else { return .denied(Denial(retryAfter: nil)) }
            let outcome = try await gatekeeper().resetPassword(token, to: answers.newPassword())
            return Reply.of(outcome) {
                Reply(
                    .ok, ["account": .string($0.description)],
                    text: "The password is set and all sessions ended: sign in.")
            }
        }
    }

    struct Check: ReplyingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what speaks against a password. Stores nothing.")

        @Option(name: .customLong("for"), help: "The name of the account that would use it.") var account: String?
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let answers = try answers()
            let policy = PasswordPolicy(contextWords: [GatekeeperConfiguration().serviceName])
            let words = account.map { [(try? LoginName($0))?.text ?? $0] } ?? []
            let password = try answers.newPassword()
            var violations = policy.violations(of: password, accountWords: words)
            if let list = common.breachedPasswords(), let digest = PasswordDigest(password) {
                do throws(BreachedPasswordError) {
                    if try await list.source.contains(digest) { violations.append(.breached) }
                } catch { throw GatekeeperError(.unavailable, error.reason) }
            }
            var reply = violations.isEmpty ? Reply(.ok, text: "Nothing speaks against it.") : .refused(violations)
            #if Zxcvbn
            if let estimate = PasswordEstimate(of: password, words: words + policy.contextWords) {
                reply.members["estimatedBits"] = .integer(Int64(estimate.bits))
                reply.notes.append("It takes about 2^\(Int64(estimate.bits)) guesses, by its patterns.")
            }
            #endif
            return reply
        }
    }
}

extension ReplyingCommand {
    /// The live session that is stored here, or the reply that there is none.
    func withSession(_ body: (Gatekeeper, SessionToken) async throws -> Reply?) async throws -> Reply {
        guard let token = try sessionFile.read() else { return .notSignedIn }
        return try await body(gatekeeper(), token) ?? .notSignedIn
    }

    /// For what a session must be fresh for.
    func withFreshSession(_ body: (Gatekeeper, FreshAuthentication) async throws -> Reply) async throws -> Reply {
        try await withSession { gatekeeper, token in
            switch try await gatekeeper.freshAuthentication(of: token) {
            case .fresh(let fresh): return try await body(gatekeeper, fresh)
            case .stale(let methods):
                var reply = Reply.reauthenticationRequired
                reply.members["methods"] = .array(methods.map { .string($0.rawValue) })
                return reply
            case .notSignedIn: return nil
            }
        }
    }

    /// Stores the session's new token and says so.
    func renewed(
        _ signedIn: SignedIn, in place: SessionFile.Place, _ outcome: Outcome = .ok, text: String
    ) throws -> Reply {
        try place.install(signedIn.token)
        return Reply(outcome, ["session": .session(signedIn.session, isCurrent: true)], text: text)
    }
}
#endif
