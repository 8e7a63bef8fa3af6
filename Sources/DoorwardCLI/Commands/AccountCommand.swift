// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward

struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Accounts under an address; the address of one's own; the end of it.",
        discussion: "What is sent goes to the file \"outbox\" in the state folder, or to --outbox.",
        subcommands: [Request.self, Complete.self, Address.self, ConfirmAddress.self, Close.self])

    struct Request: ReplyingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask for an account under an address. The answer is the same whether it has one.")
        @Argument(help: "The address, which will be the account's name.") var address: String
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            try await sending { gatekeeper in
                switch try await gatekeeper.requestRegistration(address) {
                case .accepted: return Reply(.ok, text: "See what was sent to that address.")
                case .denied(let denial): return .denied(denial)
                case .badName(let error): throw MalformedInput(field: "address", message: "\(error).")
                }
            }
        }
    }

    struct Complete: ReplyingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the account, by the token that was sent to its address.")
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let answers = try answers()
            let text = try answers.required("Token", field: "token")
            guard let token = RegistrationToken(text) else { return .denied(Denial(retryAfter: nil)) }
            let password = try answers.newPassword()
            let outcome = try await gatekeeper().completeRegistration(token, password: password)
            return Reply.of(outcome) {
                Reply(.ok, ["account": .string($0.description)], text: "The account is made: sign in.")
            }
        }
    }

    struct Address: ReplyingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say where you are reached; a code is sent there.")
        @Argument(help: "The address.") var address: String
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            try await withFreshSession { gatekeeper, fresh in
                try await sending(gatekeeper) { gatekeeper in
                    Reply.of(try await gatekeeper.requestAddressConfirmation(fresh, address)) { _ in
                        Reply(.ok, text: "Confirm it with: doorward account confirm-address \(address)")
                    }
                }
            }
        }
    }

    struct ConfirmAddress: ReplyingCommand {
        static let configuration = CommandConfiguration(
            commandName: "confirm-address", abstract: "Show that an address is yours, by the code that was sent to it.")
        @Argument(help: "The address.") var address: String
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let answers = try answers()
            return try await withSession { gatekeeper, token in
                let code = try answers.required("Code", field: "code")
                let outcome = try await gatekeeper.confirmAddress(token, address, code: code)
                if case .reauthenticationRequired = outcome { return nil }
                return Reply.of(outcome) { _ in Reply(.ok, text: "Messages go there from now on.") }
            }
        }
    }

    struct Close: ReplyingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Close your account: nobody can sign in to it any more, you neither.")
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            try await withFreshSession { gatekeeper, fresh in
                let outcome = try await gatekeeper.closeAccount(fresh)
                return try Reply.of(outcome) { _ in
                    try sessionFile.remove()
                    return Reply(.ok, text: "Closed.")
                }
            }
        }
    }
}

extension ReplyingCommand {
    /// For what sends messages: they are gone when the answer is given.
    func sending(_ body: (Gatekeeper) async throws -> Reply) async throws -> Reply {
        try await sending(gatekeeper(), body)
    }

    func sending<R>(_ gatekeeper: Gatekeeper, _ body: (Gatekeeper) async throws -> R) async throws -> R {
        let reply = try await body(gatekeeper)
        await gatekeeper.finishSending()
        if let problem = (gatekeeper.configuration.messages as? FileSender)?.problem { throw problem }
        return reply
    }
}
#endif
