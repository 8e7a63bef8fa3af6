// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Testing

/// New passwords for forgotten ones.
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
