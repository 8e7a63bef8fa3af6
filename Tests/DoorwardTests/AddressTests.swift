// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Testing

/// Accounts under addresses, and addresses that are confirmed.
@Suite(.timeLimit(.minutes(5))) struct AddressTests {
    private static let alice = "alice@example.org"
    private static let new = "nine silver spoons"

    @Test(arguments: StoreChoice.allCases)
    func theMailDecidesAboutAnAccountUnderAnAddress(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        try await stage.registeredWithAddress()
        let token = try await stage.signedIn(Self.alice).token
        #expect(try await stage.gatekeeper.address(of: token) == Self.alice)
        // Whoever asks again gets the same answer; its owner is told.
        guard case .accepted = try await stage.gatekeeper.requestRegistration(Self.alice) else {
            throw Broken("another answer for a taken address")
        }
        let messages = await stage.postbox.take(stage.gatekeeper)
        guard messages.count == 1, case .alreadyRegistered? = messages.first?.content else {
            throw Broken("the owner was not told")
        }
        for bad in ["not an address", "bob", "a@b@c", "@b", "a@", "-oQ@example.org", "a@b,c", "a<b@c>"] {
            guard case .badName = try await stage.gatekeeper.requestRegistration(bad) else {
                throw Broken("\(bad) was taken for an address")
            }
        }
        // Nothing is reserved for somebody who never answers.
        _ = try await stage.gatekeeper.requestRegistration("bob@example.org")
        let late = try unwrap(await stage.postbox.take(stage.gatekeeper).first?.registration)
        stage.clock.advance(by: .seconds(3600))
        guard
            case .denied = try await stage.gatekeeper.completeRegistration(late, password: Password(Stage.password))
        else { throw Broken("a token was good for more than an hour") }
        _ = try await stage.register("bob@example.org")
    }

    @Test(arguments: StoreChoice.allCases)
    func aCodeConfirmsOneAddressInOneSession(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        let (token, other) = (try await stage.signedIn().token, try await stage.signedIn().token)
        let gatekeeper = stage.gatekeeper
        _ = try await gatekeeper.requestAddressConfirmation(stage.fresh(token), Self.alice).done()
        let code = try unwrap(await stage.postbox.take(gatekeeper).first?.code).revealed()
        let wrong = code == "00000000" ? "00000001" : "00000000"
        for (session, address, typed) in [
            (other, Self.alice, code), (token, "eve@example.org", code), (token, Self.alice, wrong),
        ] {
            guard case .denied = try await gatekeeper.confirmAddress(session, address, code: typed) else {
                throw Broken("a code was good elsewhere")
            }
        }
        _ = try await gatekeeper.confirmAddress(token, Self.alice, code: String(code.prefix(4) + " " + code.suffix(4)))
            .done()
        #expect(try await gatekeeper.address(of: other) == Self.alice)
        guard case .denied = try await gatekeeper.confirmAddress(token, Self.alice, code: code) else {
            throw Broken("a code was used twice")
        }
        for bad in [
            "", "line\nbreak", "line\u{2028}break", "two words", "-o", "a,b", String(repeating: "x", count: 255),
        ] {
            guard case .refused = try await gatekeeper.requestAddressConfirmation(stage.fresh(token), bad) else {
                throw Broken("what is no address was taken for one")
            }
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func fiveWrongCodesEndACodeAndLockTheFactor(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        let token = try await stage.signedIn().token
        _ = try await stage.gatekeeper.requestAddressConfirmation(stage.fresh(token), Self.alice).done()
        let code = try unwrap(await stage.postbox.take(stage.gatekeeper).first?.code).revealed()
        for typed in (0...5).map({ "0000000\($0)" }).filter({ $0 != code }).prefix(5) {
            guard case .denied = try await stage.gatekeeper.confirmAddress(token, Self.alice, code: typed) else {
                throw Broken("taken")
            }
        }
        guard case .denied(let denial) = try await stage.gatekeeper.confirmAddress(token, Self.alice, code: code),
            denial.retryAfter != nil
        else { throw Broken("a sixth guess was looked at") }
        // The password's attempts are another matter.
        _ = try await stage.signedIn()
        // After the lock the factor is free, and the code is gone all the same.
        stage.clock.advance(by: .seconds(31))
        guard case .denied(let gone) = try await stage.gatekeeper.confirmAddress(token, Self.alice, code: code) else {
            throw Broken("a code outlived five wrong ones")
        }
        #expect(gone.retryAfter == .seconds(60))
    }

    @Test(arguments: StoreChoice.allCases)
    func aCodeIsTakenOnceOf16(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        let token = try await stage.signedIn().token
        _ = try await stage.gatekeeper.requestAddressConfirmation(stage.fresh(token), Self.alice).done()
        let code = try unwrap(await stage.postbox.take(stage.gatekeeper).first?.code).revealed()
        let outcomes = await inParallelResults(16) { _ in
            try await stage.gatekeeper.confirmAddress(token, Self.alice, code: code)
        }
        #expect(outcomes.count { (try? $0.get().done()) != nil } == 1)
    }

    @Test(arguments: StoreChoice.allCases)
    func aNewAddressEndsWhatWasSentToTheOldOne(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        try await stage.registeredWithAddress()
        let stolen = try await stage.resetToken()
        let token = try await stage.signedIn(Self.alice).token
        _ = try await stage.gatekeeper.requestAddressConfirmation(stage.fresh(token), "new@example.org").done()
        let code = try unwrap(await stage.postbox.take(stage.gatekeeper).first?.code)
        _ = try await stage.gatekeeper.confirmAddress(token, "new@example.org", code: code.revealed()).done()
        guard case .denied = try await stage.gatekeeper.resetPassword(stolen, to: Password(Self.new)) else {
            throw Broken("whoever reads the old mailbox has the account")
        }
        #expect(try await stage.gatekeeper.session(for: token) != nil)
    }
}
