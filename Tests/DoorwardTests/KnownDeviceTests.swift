// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Synchronization
import Testing

/// Browsers that strangers cannot lock out, and what they are not.
@Suite(.timeLimit(.minutes(10))) struct KnownDeviceTests {
    private static func remember(_ stage: Stage, _ token: SessionToken, trusting: Bool = false) async throws
        -> DeviceToken
    {
        try await stage.gatekeeper.rememberDevice(stage.fresh(token), label: "laptop", trusting: trusting).done()
    }

    private static func signIn(_ stage: Stage, _ device: DeviceToken?, _ password: String = Stage.password)
        async throws -> SignInOutcome
    {
        try await stage.gatekeeper.signIn("alice", password: Password(password), device: device)
    }

    @Test(arguments: StoreChoice.allCases)
    func aLockOfStrangersDoesNotHoldUpAKnownDevice(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        let device = try await Self.remember(stage, stage.signedIn().token)
        for _ in 0..<5 { _ = try await Self.signIn(stage, nil, Stage.otherPassword).denied() }
        #expect(try await Self.signIn(stage, nil).denied().retryAfter == .seconds(30))
        #expect(try await Self.signIn(stage, device).isGranted)
        // The strangers' lock stands, and the streak is over.
        #expect(try await Self.signIn(stage, nil).denied().retryAfter == .seconds(30))
        // Its own wrong guesses lock the device alone.
        stage.clock.advance(by: .seconds(30))
        for _ in 0..<5 { _ = try await Self.signIn(stage, device, Stage.otherPassword).denied() }
        #expect(try await Self.signIn(stage, device).denied().retryAfter == .seconds(30))
        #expect(try await Self.signIn(stage, nil).isGranted)
    }

    @Test func codesOfAKnownDeviceHaveABudgetOfTheirOwnToo() async throws {
        let stage = try await Stage()
        let (token, authenticator) = try await stage.enrolled()
        let device = try await Self.remember(stage, token)
        let stranger = try await stage.signIn().pending()
        for _ in 0..<5 {
            _ = try await stage.gatekeeper.finish(
                stranger.token, with: .code(authenticator.wrongCode(at: stage.clock.now())))
        }
        let locked = try await stage.signIn().pending()
        let code = authenticator.code(at: stage.clock.now())
        #expect(try await stage.gatekeeper.finish(locked.token, with: .code(code)).denied().retryAfter != nil)
        let mine = try await Self.signIn(stage, device).pending()
        #expect(try await stage.gatekeeper.finish(mine.token, with: .code(code)).isGranted)
        // A session's holder shows the factors again with it, and changes the password.
        stage.clock.advance(by: .seconds(30))
        let again = try await stage.gatekeeper.reauthenticate(
            mineToken(stage, device, authenticator), password: Password(Stage.password),
            code: authenticator.code(at: stage.clock.now().advanced(by: .seconds(30))), device: device)
        guard case .granted = again else { throw Broken("\(again)") }
    }

    private func mineToken(_ stage: Stage, _ device: DeviceToken, _ authenticator: VirtualAuthenticator) async throws
        -> SessionToken
    {
        let pending = try await Self.signIn(stage, device).pending()
        let code = authenticator.code(at: stage.clock.now())
        return try await stage.gatekeeper.finish(pending.token, with: .code(code)).granted().token
    }

    /// What a device that is nobody's, another's or forgotten can do: nothing.
    @Test(arguments: StoreChoice.allCases)
    func aDeviceThatTheAccountDoesNotKnowIsNone(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        _ = try await stage.register("bob")
        let bobs = try await Self.remember(stage, stage.signedIn("bob").token)
        let token = try await stage.signedIn().token
        let mine = try await Self.remember(stage, token)
        let kept = try await Self.remember(stage, token)
        let id = try #require(try await stage.gatekeeper.devices(of: token)?.first?.id)
        #expect(try await stage.gatekeeper.forgetDevices(token, id) == 1)
        #expect(try await stage.gatekeeper.forgetDevices(token, id) == 0)
        #expect(try await stage.gatekeeper.devices(of: token)?.count == 1)
        for _ in 0..<5 { _ = try await Self.signIn(stage, nil, Stage.otherPassword).denied() }
        let foreign = try #require(DeviceToken("dwd_" + String(repeating: "A", count: 64)))
        for device in [mine, bobs, foreign] {
            #expect(try await Self.signIn(stage, device).denied().retryAfter == .seconds(30))
        }
        #expect(try await Self.signIn(stage, kept).isGranted)
        #expect(try await stage.gatekeeper.forgetDevices(token) == 1)
        #expect(try await Self.signIn(stage, kept).denied().retryAfter == .seconds(30))
        #expect(try await stage.gatekeeper.forgetDevices(bobsDead(stage)) == nil)
    }

    private func bobsDead(_ stage: Stage) async throws -> SessionToken {
        let token = try await stage.signedIn("bob").token
        try await stage.gatekeeper.signOut(token)
        return token
    }

    @Test func aTrustedDeviceStandsInForTheSecondFactorAtLevelOne() async throws {
        let stage = try await Stage()
        let (token, authenticator) = try await stage.enrolled()
        // Off, unless the service says otherwise.
        let refused = try await stage.gatekeeper.rememberDevice(stage.fresh(token), trusting: true)
        guard case .refused(let violations) = refused, violations.map(\.code) == ["device.noTrust"] else {
            throw Broken("trust was given: \(refused)")
        }
        var configuration = stage.gatekeeper.configuration
        configuration.deviceTrust = .seconds(86_400)
        let trusting = Gatekeeper(stage.environment, configuration: configuration)
        let device = try await trusting.rememberDevice(stage.fresh(token), trusting: true).done()
        func signIn(_ gatekeeper: Gatekeeper) async throws -> SignInOutcome {
            try await gatekeeper.signIn("alice", password: Password(Stage.password), device: device)
        }
        let signedIn = try await signIn(trusting).granted()
        #expect(signedIn.session.level == .aal1 && signedIn.session.methods == [.password])
        // Not enough for what level 2 is needed for, nor to hand the trust on.
        guard case .stale(let methods) = try await trusting.freshAuthentication(of: signedIn.token) else {
            throw Broken("a trusted device is taken for a factor")
        }
        #expect(methods.contains(.oneTimePassword))
        // A wrong password is one, and a service that does not trust, or needs a second factor, asks for the code.
        let wrong = try await trusting.signIn("alice", password: Password(Stage.otherPassword), device: device)
        #expect(wrong.isDenied)
        _ = try await signIn(stage.gatekeeper).pending()
        configuration.requiresSecondFactor = true
        _ = try await signIn(Gatekeeper(stage.environment, configuration: configuration)).pending()
        // Until its time is over, and the device is still a known one.
        stage.clock.advance(by: .seconds(86_400))
        let pending = try await signIn(trusting).pending()
        let full = try await trusting.finish(
            pending.token, with: .code(authenticator.code(at: stage.clock.now()))
        ).granted()
        #expect(full.session.level == .aal2)
        #expect(try await trusting.devices(of: full.token)?.map(\.trustedUntil) == [nil])
    }

    /// Who trusts a device keeps it through a change, and the trust ends.
    @Test func trustEndsWithWhateverEndsTheSessionsAndTheDeviceStays() async throws {
        let stage = try await Stage()
        let (token, _) = try await stage.enrolled()
        var configuration = stage.gatekeeper.configuration
        configuration.deviceTrust = .seconds(86_400)
        let gatekeeper = Gatekeeper(stage.environment, configuration: configuration)
        let device = try await gatekeeper.rememberDevice(stage.fresh(token), trusting: true).done()
        let changed = try await gatekeeper.changePassword(
            stage.fresh(token), current: Password(Stage.password), to: Password(Stage.otherPassword)
        ).done()
        let outcome = try await gatekeeper.signIn("alice", password: Password(Stage.otherPassword), device: device)
        _ = try outcome.pending()
        #expect(try await gatekeeper.devices(of: changed.token)?.count == 1)
    }

    /// A device that is lost opens no session after "sign out everywhere".
    @Test(arguments: [Gatekeeper.Revocation.others, .all])
    func signingOutEverywhereEndsTheTrust(_ which: Gatekeeper.Revocation) async throws {
        let stage = try await Stage()
        let (token, _) = try await stage.enrolled()
        var configuration = stage.gatekeeper.configuration
        configuration.deviceTrust = .seconds(86_400)
        let gatekeeper = Gatekeeper(stage.environment, configuration: configuration)
        let device = try await gatekeeper.rememberDevice(stage.fresh(token), trusting: true).done()
        func signIn() async throws -> SignInOutcome {
            try await gatekeeper.signIn("alice", password: Password(Stage.password), device: device)
        }
        #expect(try await signIn().isGranted)
        #expect(try await gatekeeper.revoke(token, which) == (which == .all ? 2 : 1))
        _ = try await signIn().pending()
    }

    /// Whoever is disabled while a device is being remembered has none afterwards.
    @Test func aDeviceThatIsRememberedMeanwhileIsForgottenToo() async throws {
        let stage = try await Stage()
        _ = try await stage.register()
        let fresh = try await stage.fresh(stage.signedIn().token)
        let between = Between(base: stage.store) {
            _ = try? await stage.gatekeeper.rememberDevice(fresh)
        }
        let administrator = Gatekeeper(
            try await stage.reopened { _ in between }, configuration: stage.gatekeeper.configuration)
        between.isArmed.store(true, ordering: .sequentiallyConsistent)
        _ = try await administrator.disable("alice")
        let wasBetween = !between.isArmed.load(ordering: .sequentiallyConsistent)
        #expect(wasBetween)
        let kinds = try await stage.store.scan(after: nil, limit: 100).map(\.key.kind)
        #expect(!kinds.contains(.devices))
    }

    enum End: CaseIterable, Sendable { case removal, removalByAdministrator, disabling, everything }

    @Test(arguments: End.allCases)
    func devicesAreForgottenWithTheAuthenticatorAndWithTheAccount(_ end: End) async throws {
        let stage = try await Stage()
        let (token, authenticator) = try await stage.enrolled()
        let device = try await Self.remember(stage, token)
        switch end {
        case .removal: _ = try await stage.gatekeeper.removeAuthenticator(stage.fresh(token), authenticator.id).done()
        case .removalByAdministrator:
            #expect(try await stage.gatekeeper.removeAuthenticator(authenticator.id, of: "alice") == true)
        case .disabling:
            _ = try await stage.gatekeeper.disable("alice")
            _ = try await stage.gatekeeper.enable("alice")
        case .everything: _ = try await stage.gatekeeper.revokeEverything()
        }
        for _ in 0..<5 { _ = try await Self.signIn(stage, nil, Stage.otherPassword).denied() }
        #expect(try await Self.signIn(stage, device).denied().retryAfter == .seconds(30))
    }

    @Test func whatIsNoLabelIsRefusedAndNothingButAFreshSessionRemembers() async throws {
        let stage = try await Stage()
        _ = try await stage.register()
        let token = try await stage.signedIn().token
        let fresh = try await stage.fresh(token)
        for label in ["a\u{1B}[2J", String(repeating: "x", count: 65), "a\nb"] {
            guard case .refused = try await stage.gatekeeper.rememberDevice(fresh, label: label) else {
                throw Broken("taken: \(label)")
            }
        }
        stage.clock.advance(by: .seconds(301))
        guard case .reauthenticationRequired = try await stage.gatekeeper.rememberDevice(fresh) else {
            throw Broken("a session that is not fresh remembered a device")
        }
    }
}

/// A store on which somebody else is faster, once: right before a commit.
private final class Between: StoreWrapper {
    let base: any AuthStore
    let isArmed = Atomic<Bool>(false)
    private let act: @Sendable () async -> Void

    init(base: any AuthStore, act: @escaping @Sendable () async -> Void) {
        self.base = base
        self.act = act
    }

    func commit(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp) async throws(StoreError) -> CommitOutcome
    {
        if isArmed.exchange(false, ordering: .sequentiallyConsistent) { await act() }
        return try await base.commit(id, changes, at: now)
    }
}
