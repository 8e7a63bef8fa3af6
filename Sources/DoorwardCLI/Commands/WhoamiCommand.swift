// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward

struct WhoamiCommand: ReplyingCommand {
    static let configuration = CommandConfiguration(commandName: "whoami", abstract: "Who is signed in here.")

    @OptionGroup var common: CommonOptions

    func reply() async throws -> Reply {
        guard let token = try sessionFile.read() else { return .notSignedIn }
        let gatekeeper = try await gatekeeper()
        guard let session = try await gatekeeper.session(for: token) else { return .notSignedIn }
        let name = try await gatekeeper.name(of: session) ?? ""
        var reply = Reply(
            .ok,
            [
                "account": .string(session.account.description), "name": .string(name),
                "session": .session(session, isCurrent: true),
            ])
        reply.data = [name, session.line(isCurrent: true)]
        return reply
    }
}

struct LogoutCommand: ReplyingCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "End the session that is stored here.")

    @OptionGroup var common: CommonOptions

    func reply() async throws -> Reply {
        guard let token = try sessionFile.read() else { return .notSignedIn }
        let gatekeeper = try await gatekeeper()
        let wasLive = try await gatekeeper.session(for: token) != nil
        try await gatekeeper.signOut(token)
        // Only after the store agreed.
        try sessionFile.remove()
        return wasLive ? Reply(.ok, text: "Signed out.") : .notSignedIn
    }
}
#endif
