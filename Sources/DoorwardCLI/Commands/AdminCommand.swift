// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward

struct AdminCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admin", abstract: "Look after accounts. Whoever can open the store may.",
        subcommands: [
            Status.self, Create.self, Reset.self, Unlock.self, Disable.self, Enable.self, AuthenticatorCommand.self,
            RevokeEverything.self, Purge.self, ImportCommand.self, WrapCommand.self,
        ])

    struct Status: AdministeringCommand {
        static let configuration = CommandConfiguration(abstract: "The state of an account.")
        @Argument(help: "The account's name.") var name: String
        @OptionGroup var common: CommonOptions
        func act(_ gatekeeper: Gatekeeper) async throws -> AccountStatus? { try await gatekeeper.status(of: name) }
    }

    struct Create: ReplyingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an account whose owner sets the password, by a token that is sent.")
        @Argument(help: "The account's name.") var name: String
        @Option(help: "Where its owner is reached.") var address: String?
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            try await sending { gatekeeper in
                switch try await gatekeeper.createAccount(name, address: address) {
                case .registered(let account, let name):
                    return Reply(
                        .ok, ["account": .string(account.description), "name": .string(name.text)],
                        text: "Made; the token was sent.")
                case .refused(let violations): return .refused(violations)
                case .badName(let error): throw MalformedInput(field: "name", message: "\(error).")
                }
            }
        }
    }

    struct Reset: AdministeringCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have a token sent to an account's owner that sets a new password.")
        @Argument(help: "The account's name.") var name: String
        @OptionGroup var common: CommonOptions
        func act(_ gatekeeper: Gatekeeper) async throws -> AccountStatus? {
            try await sending(gatekeeper) { try await $0.startPasswordReset(name) }
        }
    }

    struct AuthenticatorCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "authenticator", abstract: "Authenticators of somebody who has lost one.",
            subcommands: [List.self, Remove.self])

        struct List: ReplyingCommand {
            static let configuration = CommandConfiguration(abstract: "The authenticators of an account.")
            @Argument(help: "The account's name.") var name: String
            @OptionGroup var common: CommonOptions

            func reply() async throws -> Reply {
                guard let all = try await gatekeeper().authenticators(of: name) else {
                    return Reply(.notFound, text: "Nobody has that name.")
                }
                var reply = Reply(.ok, ["authenticators": .array(all.map(JSONValue.authenticator))])
                reply.data = all.map { "\($0.id)  \($0.status.rawValue)  \($0.label)" }
                return reply
            }
        }

        struct Remove: ReplyingCommand {
            static let configuration = CommandConfiguration(
                abstract: "Take an authenticator off an account; all it has open ends.")
            @Argument(help: "The account's name.") var name: String
            @Argument(help: "The authenticator's id.") var id: String
            @OptionGroup var common: CommonOptions

            func reply() async throws -> Reply {
                let gatekeeper = try await gatekeeper()
                guard let id = AuthenticatorID(id),
                    try await sending(gatekeeper, { try await $0.removeAuthenticator(id, of: name) }) == true
                else { return Reply(.notFound, text: "There is no such account or authenticator.") }
                return Reply(.ok, text: "Removed; all it had open ended.")
            }
        }
    }

    struct Unlock: AdministeringCommand {
        static let configuration = CommandConfiguration(abstract: "Take all locks off an account.")
        @Argument(help: "The account's name.") var name: String
        @OptionGroup var common: CommonOptions
        func act(_ gatekeeper: Gatekeeper) async throws -> AccountStatus? { try await gatekeeper.unlock(name) }
    }

    struct Disable: AdministeringCommand {
        static let configuration = CommandConfiguration(abstract: "Disable an account and end all it has open.")
        @Argument(help: "The account's name.") var name: String
        @OptionGroup var common: CommonOptions
        func act(_ gatekeeper: Gatekeeper) async throws -> AccountStatus? { try await gatekeeper.disable(name) }
    }

    struct Enable: AdministeringCommand {
        static let configuration = CommandConfiguration(abstract: "Enable an account again.")
        @Argument(help: "The account's name.") var name: String
        @OptionGroup var common: CommonOptions
        func act(_ gatekeeper: Gatekeeper) async throws -> AccountStatus? { try await gatekeeper.enable(name) }
    }

    struct RevokeEverything: ReplyingCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke-everything",
            abstract: "End every session and all recovery codes of everybody: part of restoring a backup.")
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let revoked = try await gatekeeper().revokeEverything()
            var reply = Reply(.ok, ["revoked": .integer(revoked)])
            reply.data = ["\(revoked) ended"]
            return reply
        }
    }
}

extension AdminCommand {
    struct Purge: ReplyingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete what expired more than an hour ago: a service does that by itself.")
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let purged = try await gatekeeper().purge()
            var reply = Reply(.ok, ["purged": .integer(purged)])
            reply.data = ["\(purged) purged"]
            return reply
        }
    }
}

protocol AdministeringCommand: ReplyingCommand {
    func act(_ gatekeeper: Gatekeeper) async throws -> AccountStatus?
}

extension AdministeringCommand {
    func reply() async throws -> Reply {
        guard let status = try await act(gatekeeper()) else {
            return Reply(.notFound, text: "Nobody has that name.")
        }
        let factors = status.factors.map { factor in
            var members: [String: JSONValue] = [
                "factor": .string(factor.name), "failures": .integer(factor.failures),
                "locked": .bool(factor.retryAfter != nil), "disabled": .bool(factor.isDisabled),
            ]
            members["retryAfter"] = .retryAfter(factor.retryAfter)
            return JSONValue.object(members)
        }
        var reply = Reply(
            .ok,
            [
                "account": .string(status.account.description), "name": .string(status.name),
                "disabled": .bool(status.isDisabled), "locked": .bool(status.retryAfter != nil),
                "retryAfter": .retryAfter(status.retryAfter), "factors": .array(factors),
            ])
        reply.data = ["\(status.name)\(status.isDisabled ? ", disabled" : "")"]
        reply.data += status.factors.map { factor in
            let lock = factor.retryAfter.map { ", locked for \($0.secondsRoundedUp) s" } ?? ""
            return "  \(factor.name): \(factor.failures) failures\(lock)\(factor.isDisabled ? ", disabled" : "")"
        }
        return reply
    }
}
#endif
