// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward

struct SessionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "Look after the sessions of whoever is signed in.",
        subcommands: [List.self, Regenerate.self, Reauthenticate.self, Revoke.self])

    struct List: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "List the live sessions, oldest first.")
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            try await withSession { gatekeeper, token in
                guard let current = try await gatekeeper.session(for: token),
                    let sessions = try await gatekeeper.sessions(of: token)
                else { return nil }
                var reply = Reply(
                    .ok, ["sessions": .array(sessions.map { .session($0, isCurrent: $0.id == current.id) })])
                reply.data = sessions.map { $0.line(isCurrent: $0.id == current.id) }
                return reply
            }
        }
    }

    struct Regenerate: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "Give the session a new token; the old one dies.")
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            try await withSession { gatekeeper, token in
                let place = try sessionFile.prepare()
                guard let signedIn = try await gatekeeper.regenerate(token) else { return nil }
                return try renewed(signedIn, in: place, text: "The session has a new token.")
            }
        }
    }

    struct Reauthenticate: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "Show all factors again.")
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let answers = try answers()
            return try await withSession { gatekeeper, token in
                guard let authenticators = try await gatekeeper.authenticators(of: token) else { return nil }
                let place = try sessionFile.prepare()
                let password = try answers.password()
                let needsCode = authenticators.contains { $0.status != .pending }
                let code =
                    needsCode ? try answers.optional("Code from your app, or a recovery code", field: "code") : nil
                switch try await gatekeeper.reauthenticate(
                    token, password: password, code: code, device: deviceFile.read())
                {
                case .granted(let signedIn):
                    return try renewed(signedIn, in: place, .granted, text: "Good for five minutes.")
                case .denied(let denial): return .denied(denial)
                case .secondFactorRequired(let methods):
                    return .required(.secondFactorRequired, methods, text: "A code is needed too: give both.")
                case .notSignedIn: return nil
                }
            }
        }
    }

    struct Revoke: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "End sessions.")
        @Argument(help: "The session's id.") var id: String?
        @Flag(help: "All but this one.") var others = false
        @Flag(help: "All, this one too.") var all = false
        @OptionGroup var common: CommonOptions

        func validate() throws {
            guard [id != nil, others, all].count(where: { $0 }) == 1 else {
                throw ValidationError("Give one of ID, --others and --all.")
            }
        }

        func reply() async throws -> Reply {
            try await withSession { gatekeeper, token in
                let which: Gatekeeper.Revocation
                if let id {
                    guard try await gatekeeper.session(for: token) != nil else { return nil }
                    guard let id = SessionID(id) else { return Reply(.notFound, text: "There is no such session.") }
                    which = .one(id)
                } else {
                    which = others ? .others : .all
                }
                guard let revoked = try await gatekeeper.revoke(token, which) else { return nil }
                if id != nil && revoked == 0 { return Reply(.notFound, text: "There is no such session.") }
                var reply = Reply(.ok, ["revoked": .integer(revoked)])
                reply.data = ["\(revoked) ended"]
                return reply
            }
        }
    }
}
#endif
