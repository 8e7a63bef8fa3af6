// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Testing

/// New passwords and the lists of breached ones.
@Suite struct NewPasswordTests {
    /// Knows some passwords, or gives no answer.
    private struct Source: BreachedPasswordSource {
        var known: [String] = []
        var isSilent = false

        func contains(_ digest: PasswordDigest) async throws(BreachedPasswordError) -> Bool {
            guard !isSilent else { throw BreachedPasswordError(reason: "silent") }
            return known.contains { PasswordDigest(Password($0))?.revealed() == digest.revealed() }
        }
    }

    private func gatekeeper(
        _ stage: Stage, _ source: Source, _ outage: BreachedPasswordCheck.Outage = .refuse
    ) -> Gatekeeper {
        var configuration = stage.gatekeeper.configuration
        configuration.breachedPasswords = BreachedPasswordCheck(source, outage: outage)
        return Gatekeeper(stage.environment, configuration: configuration)
    }

    @Test func aBreachedPasswordIsRefusedWhereverANewOneIsSet() async throws {
        let stage = try await Stage()
        let gatekeeper = gatekeeper(stage, Source(known: [Stage.otherPassword]))
        guard
            case .refused(let violations) = try await gatekeeper.register(
                "alice", password: Password(Stage.otherPassword))
        else { throw Broken("a breached password was taken at registration") }
        #expect(violations.map(\.code) == ["password.breached"])
        guard case .refused(let all) = try await gatekeeper.register("a", password: Password("aaaa")) else {
            throw Broken("a short password was taken")
        }
        #expect(!all.contains { $0.code == "password.breached" })
        guard case .registered = try await gatekeeper.register("alice", password: Password(Stage.password)),
            case .refused(let changed) = try await gatekeeper.changePassword(
                try await stage.fresh(try await stage.signedIn().token), current: Password(Stage.password),
                to: Password(Stage.otherPassword))
        else { throw Broken("a breached password was taken at a change") }
        #expect(changed.map(\.code) == ["password.breached"])
    }

    @Test func whileTheListIsSilentNoPasswordIsTaken() async throws {
        let stage = try await Stage()
        let gatekeeper = gatekeeper(stage, Source(isSilent: true))
        await #expect(throws: GatekeeperError.self) {
            _ = try await gatekeeper.register("alice", password: Password(Stage.password))
        }
        // Nothing is left of it: there is nobody to sign in.
        guard case .denied = try await gatekeeper.signIn("alice", password: Password(Stage.password)) else {
            throw Broken("an account was made without a verdict on its password")
        }
    }

    @Test func aServiceMayTakePasswordsWhileTheListIsSilentAndIsTold() async throws {
        let stage = try await Stage()
        let gatekeeper = gatekeeper(stage, Source(isSilent: true), .accept)
        guard case .registered = try await gatekeeper.register("alice", password: Password(Stage.password)) else {
            throw Broken("refused")
        }
        #expect(stage.events.events.contains { $0.name == .breachListUnavailable })
        guard case .refused(let violations) = try await gatekeeper.register("bob", password: Password("short")) else {
            throw Broken("a short password was taken")
        }
        #expect(violations.map(\.code) == ["password.tooShort"])
    }
}
