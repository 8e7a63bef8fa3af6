// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Synchronization
import Testing

/// New passwords for forgotten ones, accounts under addresses, confirmed addresses, administrators, and the end of accounts.
@Suite(.timeLimit(.minutes(5))) struct RecoveryTests {
    private static let alice = "alice@example.org"
    private static let new = "nine silver spoons"

    @Test(arguments: StoreChoice.allCases)
    func aResetSetsThePasswordEndsEverythingAndSignsNobodyIn(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        try await stage.registeredWithAddress()
        let session = try await stage.signedIn(Self.alice).token
        _ = try await stage.gatekeeper.requestPasswordReset("ALICE@example.org")
        let messages = await stage.postbox.take(stage.gatekeeper)
        let message = try unwrap(messages.first)
        #expect(messages.count == 1 && message.address == Self.alice)
        #expect(message.expiresAt == stage.clock.now().advanced(by: .seconds(3600)))
        // Until the token is used, nothing has changed.
        _ = try await stage.signedIn(Self.alice)
        let token = try unwrap(message.passwordToken)
        guard case .refused(let why) = try await stage.gatekeeper.resetPassword(token, to: Password("short")) else {
            throw Broken("a short password was taken")
        }
        #expect(why.map(\.code) == ["password.tooShort"])
        _ = try await stage.gatekeeper.resetPassword(token, to: Password(Self.new)).done()
        #expect(try await stage.gatekeeper.session(for: session) == nil)
        _ = try await stage.signIn(Self.alice).denied()
        _ = try await stage.signedIn(Self.alice, Self.new)
        guard case .denied = try await stage.gatekeeper.resetPassword(token, to: Password("five orange lanterns"))
        else { throw Broken("a token was used twice") }
    }

    @Test(arguments: StoreChoice.allCases)
    func theSecondFactorIsDueAfterAReset(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let (token, device) = try await stage.enrolled()
        _ = try await stage.gatekeeper.requestAddressConfirmation(stage.fresh(token), Self.alice).done()
        let code = try unwrap(await stage.postbox.take(stage.gatekeeper).first?.code)
        _ = try await stage.gatekeeper.confirmAddress(token, Self.alice, code: code.revealed()).done()
        let reset = try await stage.resetToken("alice")
        _ = try await stage.gatekeeper.resetPassword(reset, to: Password(Self.new)).done()
        let pending = try await stage.signIn("alice", Self.new).pending()
        #expect(pending.needs == .secondFactor([.oneTimePassword]))
        let answer = PendingAnswer.code(device.code(at: stage.clock.now()))
        _ = try await stage.gatekeeper.finish(pending.token, with: answer).granted()
    }

    @Test(arguments: StoreChoice.allCases)
    func aResetEndsAfterAnHourAndByAnyOtherChange(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        try await stage.registeredWithAddress()
        func isGood(_ token: PasswordToken) async throws -> Bool {
            if case .denied = try await stage.gatekeeper.resetPassword(token, to: Password("short")) {
                false
            } else {
                true
            }
        }
        let first = try await stage.resetToken()
        stage.clock.advance(by: .milliseconds(3_599_999))
        #expect(try await isGood(first))
        stage.clock.advance(by: .milliseconds(1))
        #expect(try await !isGood(first))
        // Two that were sent are both good; the first one used ends the other.
        let (second, third) = (try await stage.resetToken(), try await stage.resetToken())
        #expect(try await isGood(second))
        #expect(try await isGood(third))
        _ = try await stage.gatekeeper.resetPassword(second, to: Password(Self.new)).done()
        #expect(try await !isGood(third))
        stage.clock.advance(by: .seconds(1000))
        let fourth = try await stage.resetToken()
        let fresh = try await stage.fresh(stage.signedIn(Self.alice, Self.new).token)
        _ = try await stage.gatekeeper.changePassword(
            fresh, current: Password(Self.new), to: Password("five orange lanterns")
        ).done()
        #expect(try await !isGood(fourth))
        stage.clock.advance(by: .seconds(1000))
        let fifth = try await stage.resetToken()
        _ = try await stage.gatekeeper.disable(Self.alice)
        _ = try await stage.gatekeeper.enable(Self.alice)
        #expect(try await !isGood(fifth))
        _ = try await stage.gatekeeper.disable(Self.alice)
        stage.clock.advance(by: .seconds(1000))
        _ = try await stage.gatekeeper.requestPasswordReset(Self.alice)
        #expect(await stage.postbox.take(stage.gatekeeper).isEmpty)
    }

    @Test func threeMessagesGoOutInAQuarterOfAnHourAndTheAnswerStaysTheSame() async throws {
        let stage = try await Stage()
        try await stage.registeredWithAddress()
        for _ in 0..<10 {
            #expect(try await stage.gatekeeper.requestPasswordReset(Self.alice) == .accepted)
            #expect(try await stage.gatekeeper.requestPasswordReset("nobody@example.org") == .accepted)
        }
        #expect(await stage.postbox.take(stage.gatekeeper).count == 3)
        stage.clock.advance(by: .seconds(900))
        _ = try await stage.resetToken()
    }

    /// What is asked of the store, in order, and answered.
    static func trace(
        _ choice: StoreChoice, _ prepare: (Stage) async throws -> Void,
        request: (Gatekeeper) async throws -> Void
    ) async throws -> [String] {
        let stage = try await Stage(choice)
        try await prepare(stage)
        let spy = SpyStore(stage.store)
        let gatekeeper = Gatekeeper(
            try await stage.reopened { _ in spy }, configuration: stage.gatekeeper.configuration)
        _ = spy.take()
        for _ in 0..<5 { try await request(gatekeeper) }
        return spy.take()
    }

    static func compareResets(
        _ choice: StoreChoice,
        request: (Gatekeeper) async throws -> Void = { _ = try await $0.requestPasswordReset(RecoveryTests.alice) }
    ) async throws {
        let first = try await trace(choice, { try await $0.registeredWithAddress() }, request: request)
        try hold(!first.isEmpty, "nothing was done")
        let others: [(Stage) async throws -> Void] = [
            { _ in }, { _ = try await $0.register(RecoveryTests.alice) },
            { stage in
                try await stage.registeredWithAddress()
                _ = try await stage.gatekeeper.disable(RecoveryTests.alice)
            },
        ]
        for other in others {
            let trace = try await trace(choice, other, request: request)
            try hold(trace == first, "the trace differs: \(trace) \(first)")
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func whoAsksForAResetLearnsNothing(_ choice: StoreChoice) async throws {
        try await Self.compareResets(choice)
        func register(_ gatekeeper: Gatekeeper) async throws {
            _ = try await gatekeeper.requestRegistration(Self.alice)
        }
        let free = try await Self.trace(choice, { _ in }, request: register)
        let taken = try await Self.trace(choice, { _ = try await $0.register(Self.alice) }, request: register)
        #expect(free == taken)
    }

    @Test func lookingForTheAccountFirstWouldBeCaught() async throws {
        await expectCaught(by: "the trace differs") {
            try await Self.compareResets(.memory) { gatekeeper in
                // The planted fault: nothing is done where there is nobody.
                guard try await gatekeeper.status(of: RecoveryTests.alice) != nil else { return }
                _ = try await gatekeeper.requestPasswordReset(RecoveryTests.alice)
            }
        }
    }

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
        for guess in 0..<5 where code != "0000000\(guess)" {
            let typed = "0000000\(guess)"
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

    @Test(arguments: StoreChoice.allCases)
    func whatAnybodyCanAskForDoesNotEndWhatAnAdministratorStarted(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.gatekeeper.createAccount("bob")
        let token = try unwrap(await stage.postbox.take(stage.gatekeeper).first?.passwordToken)
        for _ in 0..<4 {
            for _ in 0..<5 { _ = try await stage.gatekeeper.requestPasswordReset("bob") }
            stage.clock.advance(by: .seconds(900))
        }
        _ = try await stage.gatekeeper.resetPassword(token, to: Password(Stage.password)).done()
        _ = try await stage.signedIn("bob")
    }

    @Test func aClockThatWasAheadMakesNothingGoodForLongerAndBlocksNothing() async throws {
        let stage = try await Stage()
        try await stage.registeredWithAddress()
        stage.clock.advance(by: .seconds(86_400))
        let ahead = try await stage.resetToken()
        for _ in 0..<4 { _ = try await stage.gatekeeper.requestPasswordReset(Self.alice) }
        _ = await stage.postbox.take(stage.gatekeeper)
        stage.clock.advance(by: .seconds(-86_400))
        guard case .denied = try await stage.gatekeeper.resetPassword(ahead, to: Password(Self.new)) else {
            throw Broken("a token of tomorrow was taken")
        }
        _ = try await stage.gatekeeper.requestPasswordReset(Self.alice)
        stage.clock.advance(by: .seconds(901))
        _ = try await stage.resetToken()
    }

    @Test(arguments: StoreChoice.allCases)
    func anAccountOfTheServicesOwnTableCanBeReset(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let table = DirectoryTests.Table()
        var configuration = stage.gatekeeper.configuration
        configuration.directory = table
        let gatekeeper = Gatekeeper(stage.environment, configuration: configuration)
        let account = try unwrap(AccountID(bytes: [7]))
        let entry = DirectoryEntry(
            account: account, passwordHash: try Stage.oldHash(of: Stage.password), address: Self.alice)
        table.set("alice", entry)
        _ = try await gatekeeper.requestPasswordReset("alice")
        let message = try unwrap(await stage.postbox.take(gatekeeper).first)
        #expect(message.address == Self.alice)
        _ = try await gatekeeper.resetPassword(unwrap(message.passwordToken), to: Password(Self.new)).done()
        _ = try await gatekeeper.signIn("alice", password: Password(Stage.password)).denied()
        let signedIn = try await gatekeeper.signIn("alice", password: Password(Self.new)).granted()
        // Closed for good: neither an administrator nor the table's old hash opens it again.
        _ = try await gatekeeper.closeAccount(stage.fresh(signedIn.token)).done()
        #expect(try await gatekeeper.enable("alice")?.isDisabled == true)
        _ = try await gatekeeper.signIn("alice", password: Password(Stage.password)).denied()
        guard case .notFound = try await gatekeeper.setFirstPassword(Password(Self.new), of: entry) else {
            throw Broken("a closed account got a password")
        }
        // Where the table has lost the name, an account is disabled by its id.
        #expect(try await gatekeeper.disable(account)?.isDisabled == true)
    }

    @Test func aPasswordThatMustGoDoesNotComeBackByAReset() async throws {
        let stage = try await Stage()
        try await stage.registeredWithAddress()
        _ = try await stage.gatekeeper.requirePasswordChange(Self.alice)
        let token = try await stage.resetToken()
        guard case .refused(let why) = try await stage.gatekeeper.resetPassword(token, to: Password(Stage.password))
        else { throw Broken("the password that became known was taken") }
        #expect(why.map(\.code) == ["password.reused"])
        _ = try await stage.gatekeeper.resetPassword(token, to: Password(Self.new)).done()
        _ = try await stage.signedIn(Self.alice, Self.new)
    }

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

    @Test func withoutASenderNothingIsSentAndThatIsSaid() async throws {
        let stage = try await Stage()
        var configuration = stage.gatekeeper.configuration
        configuration.messages = nil
        let gatekeeper = Gatekeeper(stage.environment, configuration: configuration)
        await #expect(throws: GatekeeperError.self) { try await gatekeeper.requestPasswordReset(Self.alice) }
        await #expect(throws: GatekeeperError.self) { _ = try await gatekeeper.requestRegistration(Self.alice) }
    }

    @Test func aSenderThatFailsIsAnEventAndNoAnswer() async throws {
        struct Broken: MessageSender {
            func send(_ message: OutgoingMessage) async throws { throw CancellationError() }
        }
        let stage = try await Stage()
        try await stage.registeredWithAddress()
        var configuration = stage.gatekeeper.configuration
        configuration.messages = Broken()
        let gatekeeper = Gatekeeper(stage.environment, configuration: configuration)
        #expect(try await gatekeeper.requestPasswordReset(Self.alice) == .accepted)
        await gatekeeper.finishSending()
        #expect(stage.events.events.last?.name == .messageFailed)
    }
}
