// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward

struct AdminCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admin", abstract: "Look after accounts. Whoever can open the store may.",
        subcommands: [
            Status.self, Unlock.self, Disable.self, Enable.self, RevokeEverything.self, ImportCommand.self,
            WrapCommand.self,
        ])

    struct Status: AccountCommand {
        static let configuration = CommandConfiguration(abstract: "The state of an account.")
        @Argument(help: "The account's name.") var name: String
        @OptionGroup var common: CommonOptions
        func act(_ gatekeeper: Gatekeeper) async throws -> AccountStatus? { try await gatekeeper.status(of: name) }
    }

    struct Unlock: AccountCommand {
        static let configuration = CommandConfiguration(abstract: "Take all locks off an account.")
        @Argument(help: "The account's name.") var name: String
        @OptionGroup var common: CommonOptions
        func act(_ gatekeeper: Gatekeeper) async throws -> AccountStatus? { try await gatekeeper.unlock(name) }
    }

    struct Disable: AccountCommand {
        static let configuration = CommandConfiguration(abstract: "Disable an account and end all it has open.")
        @Argument(help: "The account's name.") var name: String
        @OptionGroup var common: CommonOptions
        func act(_ gatekeeper: Gatekeeper) async throws -> AccountStatus? { try await gatekeeper.disable(name) }
    }

    struct Enable: AccountCommand {
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

protocol AccountCommand: ReplyingCommand {
    func act(_ gatekeeper: Gatekeeper) async throws -> AccountStatus?
}

extension AccountCommand {
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
