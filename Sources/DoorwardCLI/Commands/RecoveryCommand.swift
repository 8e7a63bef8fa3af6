// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward

struct RecoveryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recovery", abstract: "Codes for the day the authenticator is lost.",
        subcommands: [Generate.self, Status.self])

    struct Generate: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "Make ten codes; the old ones are worth nothing.")
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            try await withFreshSession { gatekeeper, fresh in
                let place = try sessionFile.prepare()
                return try Reply.of(try await gatekeeper.generateRecoveryCodes(fresh)) { new in
                    try place.install(new.signedIn.token)
                    let codes = new.codes.map { $0.revealed() }
                    var reply = Reply(.ok, ["codes": .array(codes.map(JSONValue.string))])
                    reply.notes = ["Keep these safe. Each works once; they are shown this once."]
                    reply.data = codes
                    return reply
                }
            }
        }
    }

    struct Status: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "How many codes are left.")
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            try await withSession { gatekeeper, token in
                guard let remaining = try await gatekeeper.remainingRecoveryCodes(of: token) else { return nil }
                var reply = Reply(.ok, ["remaining": .integer(remaining)])
                reply.data = ["\(remaining)"]
                return reply
            }
        }
    }
}
#endif
