// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Testing

/// What administrators start without learning a password, and the end of accounts.
@Suite(.timeLimit(.minutes(5))) struct AdministeredAccountTests {
    private static let alice = "alice@example.org"
    private static let new = "nine silver spoons"

    @Test func whoeverHasThePasswordAloneCannotEnrolAfterALostDevice() async throws {
        let stage = try await Stage(requiresSecondFactor: true)
        try await stage.registeredWithAddress()
        let pending = try await stage.signIn(Self.alice).pending()
        let enrollment = try await stage.gatekeeper.beginEnrollment(pending.token).done()
        let device = VirtualAuthenticator(enrollment)
        let answer = PendingAnswer.enrollment(device.id, code: device.code(at: stage.clock.now()))
        _ = try await stage.gatekeeper.finish(pending.token, with: answer).granted()
        // A second device and an enrolment that was never confirmed: taking those off takes nothing else.
        let token1 = try await stage.signedInFully(Self.alice, device, after: .seconds(30)).token
        let second = VirtualAuthenticator(try await stage.gatekeeper.beginEnrollment(stage.fresh(token1)).done())
        let confirmed = try await stage.gatekeeper.confirm(
            token1, second.id, code: second.code(at: stage.clock.now())
        ).done()
        let unconfirmed = try await stage.gatekeeper.beginEnrollment(stage.fresh(confirmed.token)).done()
        for id in [second.id, unconfirmed.authenticator.id] {
            #expect(try await stage.gatekeeper.removeAuthenticator(id, of: Self.alice) == true)
        }
        #expect(await stage.postbox.take(stage.gatekeeper).isEmpty)
        _ = try await stage.signIn(Self.alice).pending()
        // Where nothing can be sent, nothing is taken away.
        var silent = stage.gatekeeper.configuration
        silent.messages = nil
        let mute = Gatekeeper(stage.environment, configuration: silent)
        await #expect(throws: GatekeeperError.self) { try await mute.removeAuthenticator(device.id, of: Self.alice) }
        #expect(try await stage.gatekeeper.removeAuthenticator(device.id, of: Self.alice) == true)
        _ = try await stage.signIn(Self.alice).denied()
        let token = try unwrap(await stage.postbox.take(stage.gatekeeper).last?.passwordToken)
        _ = try await stage.gatekeeper.resetPassword(token, to: Password(Self.new)).done()
        #expect(try await stage.signIn(Self.alice, Self.new).pending().needs == .enrollment)
    }

    @Test(arguments: StoreChoice.allCases)
    func anAdministratorStartsThingsAndLearnsNoPassword(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let gatekeeper = stage.gatekeeper
        guard case .registered = try await gatekeeper.createAccount("bob", address: "bob@example.org"),
            case .refused = try await gatekeeper.createAccount("bob")
        else { throw Broken("not made, or made twice") }
        _ = try await stage.signIn("bob").denied()
        let activation = try unwrap(await stage.postbox.take(gatekeeper).first)
        #expect(activation.address == "bob@example.org")
        stage.clock.advance(by: .seconds(23 * 3600))
        _ = try await gatekeeper.resetPassword(unwrap(activation.passwordToken), to: Password(Stage.password)).done()
        _ = try await stage.signedIn("bob")
        for _ in 0..<5 { #expect(try await gatekeeper.startPasswordReset("bob") != nil) }
        #expect(await stage.postbox.take(gatekeeper).count == 5)
        #expect(try await gatekeeper.startPasswordReset("nobody") == nil)
        // A device that was lost.
        let (token, device) = try await stage.enrolled("carol")
        _ = try await gatekeeper.generateRecoveryCodes(stage.fresh(token)).done()
        #expect(try await gatekeeper.authenticators(of: "carol")?.map(\.id) == [device.id])
        #expect(try await gatekeeper.removeAuthenticator(device.id, of: "bob") == false)
        #expect(try await gatekeeper.removeAuthenticator(device.id, of: "nobody") == nil)
        #expect(try await gatekeeper.removeAuthenticator(device.id, of: "carol") == true)
        #expect(try await gatekeeper.session(for: token) == nil)
        let session = try await stage.signedIn("carol")
        #expect(try await gatekeeper.remainingRecoveryCodes(of: session.token) == 0)
    }

    @Test(arguments: StoreChoice.allCases)
    func aClosedAccountIsOverAndItsNameStaysTaken(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let (enrolled, _) = try await stage.enrolled(Self.alice)
        _ = try await stage.gatekeeper.requestAddressConfirmation(stage.fresh(enrolled), Self.alice).done()
        let code = try unwrap(await stage.postbox.take(stage.gatekeeper).first?.code)
        _ = try await stage.gatekeeper.confirmAddress(enrolled, Self.alice, code: code.revealed()).done()
        let made = try await stage.gatekeeper.generateRecoveryCodes(stage.fresh(enrolled)).done()
        let token = made.signedIn.token
        _ = try await stage.gatekeeper.closeAccount(stage.fresh(token)).done()
        #expect(try await stage.gatekeeper.session(for: token) == nil)
        _ = try await stage.signIn(Self.alice).denied()
        #expect(try await stage.gatekeeper.enable(Self.alice)?.isDisabled == true)
        guard
            case .refused = try await stage.gatekeeper.register(Self.alice, password: Password(Stage.password))
        else { throw Broken("somebody else got the name") }
        _ = try await stage.gatekeeper.requestPasswordReset(Self.alice)
        #expect(await stage.postbox.take(stage.gatekeeper).isEmpty)
        // Nothing is left of its credentials.
        let left = try await stage.store.scan(after: nil, limit: 1000).map(\.key.kind)
        for kind: RecordKind in [.passwords, .contacts, .sessions, .authenticators, .recoveryCodes] {
            #expect(!left.contains(kind))
        }
    }
}
