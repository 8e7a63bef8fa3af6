// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Testing

/// P1, accept once.
@Suite(.timeLimit(.minutes(10))) struct AcceptOnceTests {
    /// 64 tasks offer one one-time code, for many rounds: one is accepted each time.
    static func codes(_ choice: StoreChoice, rounds: Int, wrap: (any AuthStore) -> any AuthStore = { $0 }) async throws
    {
        let stage = try await Stage(choice)
        let environment = try await stage.reopened(wrap)
        let service = AuthenticatorService(environment, issuer: "Test")
        let account = AccountID(from: stage.random)
        guard case .success(let enrollment) = try await service.beginEnrollment(for: account, accountName: "alice")
        else { throw Broken("not enrolled") }
        let device = VirtualAuthenticator(enrollment)
        let confirmed = try await service.confirm(device.id, for: account, by: device.code(at: stage.clock.now()))
        guard case .accepted = confirmed else { throw Broken("not confirmed") }
        for round in 0..<rounds {
            stage.clock.advance(by: .seconds(30))
            let code = device.code(at: stage.clock.now())
            let verdicts = try await inParallel(64) { _ in try await service.verifyAndConsume(code, for: account) }
            let accepted = verdicts.count { if case .accepted = $0 { true } else { false } }
            try hold(accepted == 1, "round \(round): \(accepted) of 64 were accepted")
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func aOneTimeCodeIsAcceptedOnceOf64(_ choice: StoreChoice) async throws {
        try await Self.codes(choice, rounds: 200)
    }

    @Test(arguments: StoreChoice.allCases)
    func readThenWriteWouldBeCaughtWithCodes(_ choice: StoreChoice) async throws {
        await expectCaught(by: "of 64 were accepted") {
            try await Self.codes(choice, rounds: 200) { BrokenStore(.checksThenActs, on: $0) }
        }
    }

    /// 64 tasks redeem one recovery code.
    static func recoveryCodes(_ choice: StoreChoice, wrap: (any AuthStore) -> any AuthStore = { $0 }) async throws {
        let stage = try await Stage(choice)
        let service = RecoveryCodeService(try await stage.reopened(wrap))
        let account = AccountID(from: stage.random)
        let codes = try await service.generate(for: account)
        for code in codes {
            let redeemed = try await inParallel(64) { _ in try await service.redeem(code, for: account) }
            try hold(redeemed.count { $0 } == 1, "\(redeemed.count { $0 }) of 64 redeemed one code")
        }
        let rest = try await service.remaining(for: account)
        try hold(rest == 0, "\(rest) are left")
    }

    @Test(arguments: StoreChoice.allCases)
    func aRecoveryCodeIsRedeemedOnceOf64(_ choice: StoreChoice) async throws { try await Self.recoveryCodes(choice) }

    @Test func readThenWriteWouldBeCaughtWithRecoveryCodes() async throws {
        await expectCaught(by: "of 64 redeemed one code") {
            try await Self.recoveryCodes(.memory) { BrokenStore(.checksThenActs, on: $0) }
        }
    }

    /// 64 tasks finish one pending sign-in: half with the right code, half with recovery codes.
    static func pendingSignIns(_ choice: StoreChoice, wrap: (any AuthStore) -> any AuthStore = { $0 }) async throws {
        let stage = try await Stage(choice)
        let (token, device) = try await stage.enrolled()
        let codes = try await stage.gatekeeper.generateRecoveryCodes(stage.fresh(token)).done().codes
        let gatekeeper = Gatekeeper(try await stage.reopened(wrap), configuration: stage.gatekeeper.configuration)
        for round in 0..<10 {
            stage.clock.advance(by: .seconds(30))
            let pending = try await stage.signIn().pending()
            let code = device.code(at: stage.clock.now())
            let outcomes = await inParallelResults(64) { index in
                try await gatekeeper.finish(
                    pending.token, with: .code(index % 2 == 0 ? code : codes[index % 10].revealed()))
            }
            let granted = outcomes.count { (try? $0.get().isGranted) == true }
            try hold(granted == 1, "round \(round): \(granted) of 64 were granted")
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func aPendingSignInIsFinishedOnceOf64(_ choice: StoreChoice) async throws {
        try await Self.pendingSignIns(choice)
    }

    /// 32 tasks, each with a password of its own, use one token of a reset, and then one of a registration.
    static func sentTokens(_ choice: StoreChoice, wrap: (any AuthStore) -> any AuthStore = { $0 }) async throws {
        let stage = try await Stage(choice, deadline: .seconds(120))
        try await stage.registeredWithAddress()
        let gatekeeper = Gatekeeper(try await stage.reopened(wrap), configuration: stage.gatekeeper.configuration)
        for round in 0..<3 {
            stage.clock.advance(by: .seconds(1000))
            let token = try await stage.resetToken()
            let outcomes = await inParallelResults(32) { index in
                try await gatekeeper.resetPassword(token, to: Password("a quiet river, \(round) and \(index)"))
            }
            let done = outcomes.count { (try? $0.get().done()) != nil }
            try hold(done == 1, "round \(round): \(done) of 32 used one reset")
        }
        for round in 0..<3 {
            let name = "user\(round)@example.org"
            _ = try await stage.gatekeeper.requestRegistration(name)
            let token = try unwrap(await stage.postbox.take(stage.gatekeeper).first?.registration)
            let outcomes = await inParallelResults(32) { index in
                try await gatekeeper.completeRegistration(token, password: Password("a quiet river at \(index)"))
            }
            let accounts = Set(outcomes.compactMap { try? $0.get().done() })
            try hold(accounts.count == 1, "round \(round): \(accounts.count) accounts of one registration")
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func aTokenThatWasSentIsUsedOnceOf32(_ choice: StoreChoice) async throws { try await Self.sentTokens(choice) }

    @Test func readThenWriteWouldBeCaughtWithSentTokens() async throws {
        await expectCaught(by: "of 32 used one reset") {
            for _ in 0..<5 { try await Self.sentTokens(.memory) { BrokenStore(.checksThenActs, on: $0) } }
        }
    }

    @Test func readThenWriteWouldBeCaughtWithPendingSignIns() async throws {
        await expectCaught(by: "of 64 were granted") {
            try await Self.pendingSignIns(.memory) { BrokenStore(.checksThenActs, on: $0) }
        }
    }
}
