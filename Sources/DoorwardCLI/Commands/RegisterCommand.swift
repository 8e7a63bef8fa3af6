// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward

struct RegisterCommand: ReplyingCommand {
    static let configuration = CommandConfiguration(commandName: "register", abstract: "Make an account.")

    @Argument(help: "The name to sign in with.") var name: String
    @OptionGroup var common: CommonOptions

    func reply() async throws -> Reply {
        let answers = try answers()
        let gatekeeper = try await gatekeeper()
        switch try await gatekeeper.register(name, password: answers.newPassword()) {
        case .registered(let account, let name):
            return Reply(
                .ok, ["account": .string(account.description), "name": .string(name.text)],
                text: "\(name.text) is registered. Sign in with: doorward login \(name.text)")
        case .refused(let violations): return .refused(violations)
        case .badName(let error): throw MalformedInput(field: "name", message: error.description)
        }
    }
}
#endif
