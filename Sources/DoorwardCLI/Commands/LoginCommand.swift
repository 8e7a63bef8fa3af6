// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward

struct LoginCommand: ReplyingCommand {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Sign in; the session that is stored here ends.")

    @Argument(help: "The name.") var name: String
    @Flag(help: "Show the session's token.") var printToken = false
    @OptionGroup var common: CommonOptions

    func reply() async throws -> Reply {
        let answers = try answers()
        let gatekeeper = try await gatekeeper()
        let password = try answers.password()
        let old = try sessionFile.read()
        let place = try sessionFile.prepare()
        var outcome = try await gatekeeper.signIn(
            name, password: password, device: deviceFile.read(), replacing: old)
        if case .pending(let pending) = outcome, case .secondFactor(let methods) = pending.needs {
            let code: String?
            do {
                code = try answers.optional("Code from your app, or a recovery code", field: "code")
            } catch {
                try await gatekeeper.abandon(pending.token)
                throw error
            }
            guard let code else {
                try await gatekeeper.abandon(pending.token)
                return .required(
                    .secondFactorRequired, methods, text: "A code is needed too: sign in again with both.")
            }
            outcome = try await gatekeeper.finish(pending.token, with: .code(code), replacing: old)
        }
        switch outcome {
        case .granted(let signedIn): return try await granted(signedIn, place, gatekeeper)
        case .denied(let denial): return .denied(denial)
        case .pending(let pending):
            try await gatekeeper.abandon(pending.token)
            return switch pending.needs {
            case .secondFactor(let methods):
                .required(.secondFactorRequired, methods, text: "A code is needed too.")
            case .enrollment: .required(.enrollmentRequired, text: "A second factor must be enrolled first.")
            case .newPassword: .required(.passwordChangeRequired, text: "A new password must be set first.")
            }
        }
    }

    private func granted(
        _ signedIn: SignedIn, _ place: SessionFile.Place, _ gatekeeper: Gatekeeper
    ) async throws -> Reply {
        do {
            try place.install(signedIn.token)
        } catch {
            // A session that nobody can use must not stay open.
            try? await gatekeeper.signOut(signedIn.token)
            throw error
        }
        var reply = Reply(
            .granted,
            [
                "account": .string(signedIn.session.account.description),
                "session": .session(signedIn.session, isCurrent: true),
                "token": printToken ? .string(signedIn.token.revealed()) : nil,
            ], text: "Signed in at AAL\(signedIn.session.level.rawValue), until \(signedIn.session.idleExpiresAt).")
        if printToken { reply.data = [signedIn.token.revealed()] }
        return reply
    }
}
#endif
