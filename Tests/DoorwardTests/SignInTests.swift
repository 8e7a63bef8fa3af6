// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Testing

@Suite(.timeLimit(.minutes(10))) struct SignInTests {
    @Test(arguments: StoreChoice.allCases)
    func aRightPasswordIsGrantedAndItsSessionLives(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let account = try await stage.register()
        let signedIn = try await stage.signedIn("ALICE")
        #expect(signedIn.session.account == account)
        #expect(signedIn.session.level == .aal1)
        #expect(signedIn.session.methods == [.password])
        let session = try await stage.gatekeeper.session(for: signedIn.token.revealed())
        #expect(session?.id == signedIn.session.id)
        try await stage.gatekeeper.signOut(signedIn.token)
        let after = try await stage.gatekeeper.session(for: signedIn.token)
        #expect(after == nil)
    }

    @Test(arguments: StoreChoice.allCases)
    func aTakenNameAndABadPasswordAreRefusedWithAllViolations(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        guard case .refused(let violations) = try await stage.gatekeeper.register("Alice", password: Password("alice"))
        else { throw Broken("registered") }
        #expect(violations.map(\.code) == ["password.tooShort", "password.context", "name.taken"])
    }

    @Test(arguments: StoreChoice.allCases)
    func ofParallelRegistrationsOfOneNameOneSucceeds(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    let outcome = try await stage.gatekeeper.register("bob", password: Password(Stage.password))
                    if case .registered = outcome { return true }
                    return false
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 } == 1)
        let outcome = try await stage.signIn("bob")
        #expect(outcome.isGranted)
    }

    @Test(arguments: StoreChoice.allCases)
    func anEnrolledAccountNeedsACodeAndReachesAAL2(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let (token, authenticator) = try await stage.enrolled()
        let confirmed = try #require(try await stage.gatekeeper.session(for: token))
        #expect(confirmed.level == .aal2)
        #expect(confirmed.methods == [.password, .oneTimePassword])

        let pending = try await stage.signIn().pending()
        #expect(pending.needs == .secondFactor([.oneTimePassword]))
        let code = authenticator.code(at: stage.clock.now())
        let wrong = try await stage.gatekeeper.finish(
            pending.token, with: .code(authenticator.wrongCode(at: stage.clock.now())))
        #expect(wrong.isDenied)
        let signedIn = try await stage.gatekeeper.finish(pending.token, with: .code(code)).granted()
        #expect(signedIn.session.level == .aal2)
        // Neither the pending sign-in nor the code is good again.
        let again = try await stage.gatekeeper.finish(pending.token, with: .code(code))
        #expect(again.isDenied)
        let next = try await stage.signIn().pending()
        let replay = try await stage.gatekeeper.finish(next.token, with: .code(code))
        #expect(replay.isDenied)
        #expect(stage.events.events.contains { $0.name == .factorReused })
    }

    @Test(arguments: StoreChoice.allCases)
    func counterBasedCodesWorkWithinTheWindowAndNeverBackwards(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        let first = try await stage.signedIn()
        let enrollment = try await stage.gatekeeper.beginEnrollment(
            stage.fresh(first.token), settings: .init(type: .hotp(counter: 7))
        ).done()
        let device = VirtualAuthenticator(enrollment)
        _ = try await stage.gatekeeper.confirm(first.token, device.id, code: device.code(counter: 7)).done()
        func offer(_ counter: UInt64) async throws -> Bool {
            let pending = try await stage.signIn().pending()
            return try await stage.gatekeeper.finish(pending.token, with: .code(device.code(counter: counter)))
                .isGranted
        }
        #expect(try await !offer(7))
        #expect(try await offer(18))
        #expect(try await !offer(17))
        #expect(try await !offer(30))
        #expect(try await offer(29))
    }

    @Test(arguments: StoreChoice.allCases)
    func recoveryCodesWorkOnceOnlyBesideAnAuthenticatorAndEndWithIt(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register("bob")
        let bob = try await stage.signedIn("bob")
        guard case .refused(let violations) = try await stage.gatekeeper.generateRecoveryCodes(stage.fresh(bob.token))
        else { throw Broken("codes without an authenticator") }
        #expect(violations.map(\.code) == ["factor.none"])

        let (token, authenticator) = try await stage.enrolled()
        let made = try await stage.gatekeeper.generateRecoveryCodes(stage.fresh(token)).done()
        #expect(made.codes.count == 10)
        let old = try await stage.gatekeeper.session(for: token)
        #expect(old == nil)
        let code = made.codes[3].revealed().lowercased().replacing("-", with: "")
        let pending = try await stage.signIn().pending()
        #expect(pending.needs == .secondFactor([.oneTimePassword, .recoveryCode]))
        let signedIn = try await stage.gatekeeper.finish(pending.token, with: .code(code)).granted()
        #expect(signedIn.session.methods == [.password, .recoveryCode])
        #expect(signedIn.session.level == .aal2)
        #expect(try await stage.gatekeeper.remainingRecoveryCodes(of: signedIn.token) == 9)
        let second = try await stage.signIn().pending()
        #expect(try await stage.gatekeeper.finish(second.token, with: .code(code)).isDenied)

        let last = try await stage.gatekeeper.removeAuthenticator(stage.fresh(signedIn.token), authenticator.id).done()
        #expect(try await stage.gatekeeper.remainingRecoveryCodes(of: last.token) == 0)
        #expect(try await stage.signIn().isGranted)
    }

    @Test(arguments: StoreChoice.allCases)
    func aServiceThatRequiresASecondFactorLeadsToEnrolIt(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice, requiresSecondFactor: true)
        _ = try await stage.register("alice", "k9#vTz!q")  // eight characters will do beside a second factor
        let pending = try await stage.signIn("alice", "k9#vTz!q").pending()
        #expect(pending.needs == .enrollment)
        let early = try await stage.gatekeeper.finish(pending.token, with: .code("123456"))
        #expect(early.isDenied)
        let enrollment = try await stage.gatekeeper.beginEnrollment(pending.token).done()
        let device = VirtualAuthenticator(enrollment)
        let signedIn = try await stage.gatekeeper.finish(
            pending.token, with: .enrollment(device.id, code: device.code(at: stage.clock.now()))
        ).granted()
        #expect(signedIn.session.level == .aal2)
        guard
            case .refused(let violations) = try await stage.gatekeeper.removeAuthenticator(
                stage.fresh(signedIn.token), device.id)
        else { throw Broken("the last authenticator was removed") }
        #expect(violations.map(\.code) == ["factor.required"])
        #expect(try await stage.gatekeeper.session(for: signedIn.token) != nil)
    }

    @Test(arguments: StoreChoice.allCases)
    func aPasswordThatMustChangeDoesSoBeforeAnythingIsGranted(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        let old = try await stage.signedIn()
        _ = try await stage.gatekeeper.requirePasswordChange("alice")
        #expect(try await stage.gatekeeper.session(for: old.token) == nil)
        let pending = try await stage.signIn().pending()
        #expect(pending.needs == .newPassword)
        guard case .refused = try await stage.gatekeeper.changePassword(pending.token, to: Password(Stage.password))
        else { throw Broken("the same password again") }
        let signedIn = try await stage.gatekeeper.changePassword(pending.token, to: Password(Stage.otherPassword))
            .done()
        #expect(try await stage.gatekeeper.session(for: signedIn.token) != nil)
        #expect(try await stage.signIn().isDenied)
        #expect(try await stage.signIn("alice", Stage.otherPassword).isGranted)
    }

    @Test(arguments: StoreChoice.allCases)
    func aNewPasswordEndsOtherSessionsAndPendingSignIns(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let (token, _) = try await stage.enrolled()
        let pending = try await stage.signIn().pending()
        let fresh = try await stage.fresh(token)
        guard
            case .denied = try await stage.gatekeeper.changePassword(
                fresh, current: Password("not the password at all"), to: Password(Stage.otherPassword))
        else { throw Broken("a wrong current password was taken") }
        let changed = try await stage.gatekeeper.changePassword(
            fresh, current: Password(Stage.password), to: Password(Stage.otherPassword)
        ).done()
        #expect(changed.session.level == .aal2)
        #expect(try await stage.gatekeeper.session(for: token) == nil)
        #expect(try await stage.gatekeeper.finish(pending.token, with: .code("000000")).isDenied)
        #expect(stage.events.events.contains { $0.reason == .pendingGone })
        guard
            case .reauthenticationRequired = try await stage.gatekeeper.changePassword(
                fresh, current: Password(Stage.otherPassword), to: Password(Stage.password))
        else { throw Broken("a proof outlived its session") }
    }

    @Test(arguments: StoreChoice.allCases)
    func freshnessEndsAfterFiveMinutesAndReauthenticationRestoresIt(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let (token, authenticator) = try await stage.enrolled()
        stage.clock.advance(by: .seconds(269))  // 30 have passed since the code
        _ = try await stage.fresh(token)
        stage.clock.advance(by: .milliseconds(1000))
        guard case .stale(let methods) = try await stage.gatekeeper.freshAuthentication(of: token) else {
            throw Broken("fresh after five minutes")
        }
        #expect(methods == [.password, .oneTimePassword])
        let password = Password(Stage.password)
        guard
            case .secondFactorRequired = try await stage.gatekeeper.reauthenticate(token, password: password, code: nil)
        else { throw Broken("no code was asked for") }
        let code = authenticator.code(at: stage.clock.now())
        guard case .granted(let new) = try await stage.gatekeeper.reauthenticate(token, password: password, code: code)
        else { throw Broken("not granted") }
        #expect(try await stage.gatekeeper.session(for: token) == nil)
        _ = try await stage.fresh(new.token)
        // The same code opens nothing else.
        let pending = try await stage.signIn().pending()
        #expect(try await stage.gatekeeper.finish(pending.token, with: .code(code)).isDenied)
    }

    @Test(arguments: StoreChoice.allCases)
    func aDisabledAccountLosesItsSessionsAndComesBackWhenEnabled(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        let signedIn = try await stage.signedIn()
        #expect(try await stage.gatekeeper.disable("alice")?.isDisabled == true)
        #expect(try await stage.gatekeeper.disable("alice")?.isDisabled == true)
        #expect(try await stage.gatekeeper.session(for: signedIn.token) == nil)
        #expect(try await stage.signIn().isDenied)
        #expect(try await stage.gatekeeper.enable("alice")?.isDisabled == false)
        #expect(try await stage.signIn().isGranted)
        #expect(try await stage.gatekeeper.disable("nobody") == nil)
    }

    @Test(arguments: StoreChoice.allCases)
    func revokingEverythingEndsSessionsAndRecoveryCodesOfAll(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let (token, _) = try await stage.enrolled()
        let made = try await stage.gatekeeper.generateRecoveryCodes(stage.fresh(token)).done()
        _ = try await stage.register("bob")
        let bob = try await stage.signedIn("bob")
        #expect(try await stage.gatekeeper.revokeEverything() == 2)
        #expect(try await stage.gatekeeper.session(for: bob.token) == nil)
        #expect(try await stage.gatekeeper.session(for: made.signedIn.token) == nil)
        let pending = try await stage.signIn().pending()
        #expect(pending.needs == .secondFactor([.oneTimePassword]))
    }

    @Test(arguments: StoreChoice.allCases)
    func aNameWithAColonCanEnrol(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let (_, device) = try await stage.enrolled("a:b")
        #expect(device.uri.account == "a.b")
    }

    @Test(arguments: StoreChoice.allCases)
    func oneDamagedAccountDoesNotKeepTheOthersFromBeingRevoked(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        var tokens: [SessionToken] = []
        for user in 0..<4 {
            _ = try await stage.register("user\(user)")
            tokens.append(try await stage.signedIn("user\(user)").token)
        }
        let records = try await stage.store.scan(after: nil, limit: 1000).filter {
            [.accounts, .seats].contains($0.key.kind)
        }
        for victim in records.prefix(3) {
            _ = try await stage.store.commit(
                CommitID(from: stage.random),
                [.replace(victim.key, at: victim.version, value: [0xFF], expiresAt: nil)], at: stage.clock.now())
        }
        await #expect(throws: GatekeeperError.self) { _ = try await stage.gatekeeper.revokeEverything() }
        for token in tokens { #expect((try? await stage.gatekeeper.session(for: token)) == nil) }
        let rest = try await stage.store.scan(after: nil, limit: 1000).count { $0.key.kind == .sessions }
        #expect(rest == 0)
    }

    @Test(arguments: StoreChoice.allCases)
    func aRightPasswordIsGrantedAlthoughRecoveryCodesAreMadeMeanwhile(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let (token, _) = try await stage.enrolled()
        for _ in 0..<10 {
            let signIn = Task { try await stage.signIn() }
            var current = token
            for _ in 0..<3 {
                if case .fresh(let fresh) = try await stage.gatekeeper.freshAuthentication(of: current) {
                    current = try await stage.gatekeeper.generateRecoveryCodes(fresh).done().signedIn.token
                }
            }
            #expect(try await !signIn.value.isDenied)
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func purgingTakesWhatIsOverAndNothingElse(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        for guess in 0..<20 { _ = try await stage.signIn("nobody\(guess)") }
        let live = try await stage.signedIn()
        #expect(try await stage.gatekeeper.purge() == 0)
        stage.clock.advance(by: .seconds(3 * 86_400))
        #expect(try await stage.gatekeeper.purge() == 20)
        #expect(try await stage.gatekeeper.session(for: live.token) != nil)
        #expect(try await stage.signIn().isGranted)
    }

    @Test(arguments: StoreChoice.allCases)
    func aSignInThatReplacesASessionEndsIt(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        _ = try await stage.register("bob")
        let alice = try await stage.signedIn()
        let again = try await stage.gatekeeper.signIn(
            "alice", password: Password(Stage.password), replacing: alice.token
        ).granted()
        #expect(try await stage.gatekeeper.session(for: alice.token) == nil)
        _ = try await stage.gatekeeper.signIn("bob", password: Password(Stage.password), replacing: again.token)
        #expect(try await stage.gatekeeper.session(for: again.token) == nil)
    }

    @Test func anOutdatedHashIsMadeAnewAtSignIn() async throws {
        let stage = try await Stage()
        _ = try await stage.register()
        var configuration = stage.gatekeeper.configuration
        configuration.argon2 = .default
        let stronger = Gatekeeper(stage.environment, configuration: configuration)
        stage.hashes.reset()
        #expect(try await stronger.signIn("alice", password: Password(Stage.password)).isGranted)
        #expect(stage.hashes.count == 2)
        stage.hashes.reset()
        #expect(try await stronger.signIn("alice", password: Password(Stage.password)).isGranted)
        #expect(stage.hashes.count == 1)
    }
}
