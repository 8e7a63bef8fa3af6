// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Synchronization

/// Every flow of the facade.
extension FaultTests {
    /// A flow of the facade, and the state that it begins in.
    struct Flow: Sendable, CustomStringConvertible {
        let description: String
        /// Prepares a stage and hands out the call. What the call returns must be the same whenever nothing fails.
        let prepare: @Sendable (Stage) async throws -> @Sendable (Gatekeeper) async throws -> String
        /// Checks, after a reply was lost and all is well again, that nothing is stuck.
        let notStuck: @Sendable (Stage) async throws -> Void
    }

    static let notStuckByPassword: @Sendable (Stage) async throws -> Void = { stage in
        let right = try await stage.signIn()
        let other =
            right.isGranted ? .denied(Denial(retryAfter: nil)) : try await stage.signIn("alice", Stage.otherPassword)
        try hold(right.isGranted != other.isGranted, "neither the old nor the new password signs in")
    }

    static let notStuckByReset: @Sendable (Stage) async throws -> Void = { stage in
        stage.clock.advance(by: .seconds(1000))
        let token = try await stage.resetToken()
        _ = try await stage.gatekeeper.resetPassword(token, to: Password("nine silver spoons")).done()
        let outcome = try await stage.signIn("alice@example.org", "nine silver spoons")
        try hold(outcome.isGranted, "a new password does not sign in")
    }

    static let notStuckByCode: @Sendable (Stage) async throws -> Void = { stage in
        stage.clock.advance(by: .seconds(60))
        let secret = try unwrap(Self.devices.withLock { $0[ObjectIdentifier(stage)] })
        switch try await stage.signIn() {
        case .granted: break  // the authenticator did not come to be, or is gone
        case .pending(let pending):
            let outcome = try await stage.gatekeeper.finish(
                pending.token, with: .code(secret.code(at: stage.clock.now())))
            try hold(outcome.isGranted, "the next code does not sign in")
        case .denied: throw Broken("the right password is denied")
        }
    }

    private static let devices = Mutex<[ObjectIdentifier: VirtualAuthenticator]>([:])

    static func enrolled(_ stage: Stage) async throws -> (SessionToken, VirtualAuthenticator) {
        let (token, device) = try await stage.enrolled()
        devices.withLock { $0[ObjectIdentifier(stage)] = device }
        return (token, device)
    }

    static let flows: [Flow] = [
        Flow(description: "register") { _ in
            { gatekeeper in
                switch try await gatekeeper.register("alice", password: Password(Stage.password)) {
                case .registered: "registered"
                case .refused(let violations): "\(violations.map(\.code))"
                case .badName: "bad name"
                }
            }
        } notStuck: { stage in
            // It came to be or it did not; then it can be registered now.
            if try await stage.signIn().isDenied {
                _ = try await stage.register()
                let outcome = try await stage.signIn()
                try hold(outcome.isGranted, "a name is stuck")
            }
        },
        Flow(description: "sign in") { stage in
            _ = try await stage.register()
            return { try await $0.signIn("alice", password: Password(Stage.password)).word }
        } notStuck: {
            try await notStuckByPassword($0)
        },
        Flow(description: "sign in with a wrong password") { stage in
            _ = try await stage.register()
            return { try await $0.signIn("alice", password: Password(Stage.otherPassword)).word }
        } notStuck: {
            try await notStuckByPassword($0)
        },
        Flow(description: "sign in from an address") { stage in
            _ = try await stage.register()
            let address = try unwrap(ClientAddress("2001:db8::1"))
            return { try await $0.signIn("alice", password: Password(Stage.password), from: .address(address)).word }
        } notStuck: {
            try await notStuckByPassword($0)
        },
        Flow(description: "sign in from a known device") { stage in
            _ = try await stage.register()
            let device = try await stage.gatekeeper.rememberDevice(stage.fresh(stage.signedIn().token)).done()
            for _ in 0..<5 { _ = try await stage.signIn("alice", Stage.otherPassword) }
            return { try await $0.signIn("alice", password: Password(Stage.password), device: device).word }
        } notStuck: { stage in
            stage.clock.advance(by: .seconds(30))
            try await notStuckByPassword(stage)
        },
        Flow(description: "remember a device") { stage in
            _ = try await stage.register()
            let token = try await stage.signedIn().token
            return { gatekeeper in
                guard case .fresh(let fresh) = try await gatekeeper.freshAuthentication(of: token) else {
                    return "stale"
                }
                return try await gatekeeper.rememberDevice(fresh).word
            }
        } notStuck: {
            try await notStuckByPassword($0)
        },
        Flow(description: "finish with a code") { stage in
            let (_, device) = try await enrolled(stage)
            let pending = try await stage.signIn().pending()
            let code = device.code(at: stage.clock.now())
            return { try await $0.finish(pending.token, with: .code(code)).word }
        } notStuck: {
            try await notStuckByCode($0)
        },
        Flow(description: "finish with a wrong code") { stage in
            let (_, device) = try await enrolled(stage)
            let pending = try await stage.signIn().pending()
            let code = device.wrongCode(at: stage.clock.now())
            return { try await $0.finish(pending.token, with: .code(code)).word }
        } notStuck: {
            try await notStuckByCode($0)
        },
        Flow(description: "finish with a recovery code") { stage in
            let (token, _) = try await enrolled(stage)
            let codes = try await stage.gatekeeper.generateRecoveryCodes(stage.fresh(token)).done().codes
            let pending = try await stage.signIn().pending()
            return { try await $0.finish(pending.token, with: .code(codes[0].revealed())).word }
        } notStuck: {
            try await notStuckByCode($0)
        },
        Flow(description: "finish with a code that is spent") { stage in
            let (_, device) = try await enrolled(stage)
            let code = device.code(at: stage.clock.now())
            let (first, second) = (try await stage.signIn().pending(), try await stage.signIn().pending())
            _ = try await stage.gatekeeper.finish(first.token, with: .code(code)).granted()
            return { try await $0.finish(second.token, with: .code(code)).word }
        } notStuck: {
            try await notStuckByCode($0)
        },
        Flow(description: "finish with a recovery code that is spent") { stage in
            let (token, _) = try await enrolled(stage)
            let codes = try await stage.gatekeeper.generateRecoveryCodes(stage.fresh(token)).done().codes
            let (first, second) = (try await stage.signIn().pending(), try await stage.signIn().pending())
            _ = try await stage.gatekeeper.finish(first.token, with: .code(codes[0].revealed())).granted()
            return { try await $0.finish(second.token, with: .code(codes[0].revealed())).word }
        } notStuck: {
            try await notStuckByCode($0)
        },
        Flow(description: "finish a sign-in that is finished") { stage in
            let (token, device) = try await enrolled(stage)
            let codes = try await stage.gatekeeper.generateRecoveryCodes(stage.fresh(token)).done().codes
            let pending = try await stage.signIn().pending()
            let code = device.code(at: stage.clock.now())
            _ = try await stage.gatekeeper.finish(pending.token, with: .code(code)).granted()
            return { try await $0.finish(pending.token, with: .code(codes[0].revealed())).word }
        } notStuck: {
            try await notStuckByCode($0)
        },
        Flow(description: "ask for a new password") { stage in
            try await stage.registeredWithAddress()
            return { "\(try await $0.requestPasswordReset("alice@example.org"))" }
        } notStuck: {
            try await notStuckByReset($0)
        },
        Flow(description: "reset a password") { stage in
            try await stage.registeredWithAddress()
            let token = try await stage.resetToken()
            return { try await $0.resetPassword(token, to: Password(Stage.otherPassword)).word }
        } notStuck: {
            try await notStuckByReset($0)
        },
        Flow(description: "reset a password by a token that is spent") { stage in
            try await stage.registeredWithAddress()
            let token = try await stage.resetToken()
            _ = try await stage.gatekeeper.resetPassword(token, to: Password(Stage.otherPassword)).done()
            return { try await $0.resetPassword(token, to: Password("five orange lanterns")).word }
        } notStuck: {
            try await notStuckByReset($0)
        },
        Flow(description: "ask for an account under an address") { _ in
            { gatekeeper in
                if case .accepted = try await gatekeeper.requestRegistration("alice@example.org") {
                    "accepted"
                } else {
                    ""
                }
            }
        } notStuck: { stage in
            stage.clock.advance(by: .seconds(1000))
            try await stage.registeredWithAddress()
        },
        Flow(description: "make an account under an address") { stage in
            _ = try await stage.gatekeeper.requestRegistration("alice@example.org")
            let token = try unwrap(await stage.postbox.take(stage.gatekeeper).first?.registration)
            return { try await $0.completeRegistration(token, password: Password(Stage.password)).word }
        } notStuck: { stage in
            // It came to be or it did not; then it can be made now.
            guard try await stage.signIn("alice@example.org").isDenied else { return }
            stage.clock.advance(by: .seconds(1000))
            try await stage.registeredWithAddress()
        },
        Flow(description: "confirm an address") { stage in
            _ = try await stage.register()
            let token = try await stage.signedIn().token
            _ = try await stage.gatekeeper.requestAddressConfirmation(stage.fresh(token), "alice@example.org").done()
            let code = try unwrap(await stage.postbox.take(stage.gatekeeper).first?.code)
            return { try await $0.confirmAddress(token, "alice@example.org", code: code.revealed()).word }
        } notStuck: { stage in
            let token = try await stage.signedIn().token
            stage.clock.advance(by: .seconds(1000))
            let signedIn = try await stage.gatekeeper.reauthenticate(token, password: Password(Stage.password))
            guard case .granted(let fresh) = signedIn else { throw Broken("not fresh") }
            _ = try await stage.gatekeeper.requestAddressConfirmation(stage.fresh(fresh.token), "bob@example.org")
                .done()
        },
        Flow(description: "close an account") { stage in
            _ = try await stage.register()
            let fresh = try await stage.fresh(stage.signedIn().token)
            return { try await $0.closeAccount(fresh).word }
        } notStuck: { stage in
            let isDisabled = try await stage.gatekeeper.status(of: "alice")?.isDisabled == true
            let isIn = try await stage.signIn().isGranted
            try hold(isIn != isDisabled, "an account is half closed")
        },
        Flow(description: "check a session") { stage in
            _ = try await stage.register()
            let token = try await stage.signedIn().token
            stage.clock.advance(by: .seconds(120))
            return { try await $0.session(for: token) == nil ? "over" : "live" }
        } notStuck: {
            try await notStuckByPassword($0)
        },
        Flow(description: "sign out") { stage in
            _ = try await stage.register()
            let token = try await stage.signedIn().token
            return { gatekeeper in
                try await gatekeeper.signOut(token)
                let session = try await gatekeeper.session(for: token)
                return session == nil ? "over" : "live"
            }
        } notStuck: {
            try await notStuckByPassword($0)
        },
        Flow(description: "regenerate") { stage in
            _ = try await stage.register()
            let token = try await stage.signedIn().token
            return { try await $0.regenerate(token) == nil ? "over" : "new token" }
        } notStuck: {
            try await notStuckByPassword($0)
        },
        Flow(description: "list and revoke") { stage in
            _ = try await stage.register()
            let (mine, theirs) = (try await stage.signedIn(), try await stage.signedIn())
            return { gatekeeper in
                let count = try await gatekeeper.sessions(of: mine.token)?.count ?? 0
                _ = try await gatekeeper.revoke(mine.token, .one(theirs.session.id))
                let rest = try await gatekeeper.sessions(of: mine.token)?.count ?? 0
                return "\(count > 0) \(rest)"
            }
        } notStuck: {
            try await notStuckByPassword($0)
        },
        Flow(description: "reauthenticate") { stage in
            let (token, device) = try await enrolled(stage)
            let code = device.code(at: stage.clock.now())
            return { gatekeeper in
                switch try await gatekeeper.reauthenticate(token, password: Password(Stage.password), code: code) {
                case .granted: "granted"
                case .denied: "denied"
                case .secondFactorRequired: "second factor"
                case .notSignedIn: "not signed in"
                }
            }
        } notStuck: {
            try await notStuckByCode($0)
        },
        Flow(description: "change the password") { stage in
            _ = try await stage.register()
            let token = try await stage.signedIn().token
            return { gatekeeper in
                guard case .fresh(let fresh) = try await gatekeeper.freshAuthentication(of: token) else {
                    return "stale"
                }
                return try await gatekeeper.changePassword(
                    fresh, current: Password(Stage.password), to: Password(Stage.otherPassword)
                ).word
            }
        } notStuck: {
            try await notStuckByPassword($0)
        },
        Flow(description: "enrol and confirm") { stage in
            _ = try await stage.register()
            let token = try await stage.signedIn().token
            return { gatekeeper in
                guard case .fresh(let fresh) = try await gatekeeper.freshAuthentication(of: token) else {
                    return "stale"
                }
                guard case .done(let enrollment) = try await gatekeeper.beginEnrollment(fresh) else { return "stale" }
                let device = VirtualAuthenticator(enrollment)
                devices.withLock { $0[ObjectIdentifier(stage)] = device }
                return try await gatekeeper.confirm(token, device.id, code: device.code(at: stage.clock.now())).word
            }
        } notStuck: { stage in
            if devices.withLock({ $0[ObjectIdentifier(stage)] }) == nil {
                let outcome = try await stage.signIn()
                try hold(outcome.isGranted, "the password does not sign in")
            } else {
                try await notStuckByCode(stage)
            }
        },
        Flow(description: "remove an authenticator") { stage in
            let (token, device) = try await enrolled(stage)
            return { gatekeeper in
                guard case .fresh(let fresh) = try await gatekeeper.freshAuthentication(of: token) else {
                    return "stale"
                }
                return try await gatekeeper.removeAuthenticator(fresh, device.id).word
            }
        } notStuck: {
            try await notStuckByCode($0)
        },
        Flow(description: "make recovery codes") { stage in
            let (token, _) = try await enrolled(stage)
            return { gatekeeper in
                guard case .fresh(let fresh) = try await gatekeeper.freshAuthentication(of: token) else {
                    return "stale"
                }
                return try await gatekeeper.generateRecoveryCodes(fresh).word
            }
        } notStuck: {
            try await notStuckByCode($0)
        },
        Flow(description: "disable") { stage in
            _ = try await stage.register()
            return { try await $0.disable("alice")?.isDisabled == true ? "disabled" : "not" }
        } notStuck: { stage in
            _ = try await stage.gatekeeper.enable("alice")
            try await notStuckByPassword(stage)
        },
        Flow(description: "unlock") { stage in
            _ = try await stage.register()
            for _ in 0..<5 { _ = try await stage.signIn("alice", Stage.otherPassword) }
            return { try await $0.unlock("alice")?.retryAfter == nil ? "unlocked" : "locked" }
        } notStuck: { stage in
            stage.clock.advance(by: .seconds(30))
            try await notStuckByPassword(stage)
        },
        Flow(description: "revoke everything") { stage in
            _ = try await stage.register()
            _ = try await stage.signedIn()
            return {
                _ = try await $0.revokeEverything(); return "revoked"
            }
        } notStuck: {
            try await notStuckByPassword($0)
        },
    ]
}
