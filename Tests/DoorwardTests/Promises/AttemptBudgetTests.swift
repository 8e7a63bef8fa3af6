// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Testing

/// P2, the attempt budget.
@Suite(.timeLimit(.minutes(10))) struct AttemptBudgetTests {
    /// 64 parallel wrong guesses: exactly five are verified.
    static func wrongGuesses(_ choice: StoreChoice, wrap: (any AuthStore) -> any AuthStore) async throws {
        let stage = try await Stage(choice, deadline: .seconds(120), wrap: wrap)
        _ = try await stage.register()
        stage.hashes.reset()
        let outcomes = try await inParallel(64) { guess in
            try await stage.signIn("alice", "wrong guess number \(guess)")
        }
        try hold(outcomes.areDenied, "a wrong guess was granted")
        try hold(stage.hashes.count == 5, "\(stage.hashes.count) guesses were verified")
        let status = try unwrap(try await stage.gatekeeper.status(of: "alice"))
        try hold(status.factors[0].failures == 5, "\(status.factors[0].failures) failures were counted")
        try hold(status.retryAfter == .seconds(30), "no lock")
    }

    @Test(arguments: StoreChoice.allCases)
    func ofManyParallelWrongGuessesExactlyFiveAreVerified(_ choice: StoreChoice) async throws {
        for _ in 0..<10 { try await Self.wrongGuesses(choice) { $0 } }
    }

    @Test func aCounterReadBeforeAndWrittenAfterTheHashWouldBeCaught() async throws {
        await expectCaught(by: "guesses were verified") {
            // On a busy machine guesses may happen to come one after the other.
            for _ in 0..<20 { try await Self.wrongGuesses(.memory) { ReadThenWriteAttempts(base: $0) } }
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func manyParallelRightPasswordsAreAllGranted(_ choice: StoreChoice) async throws {
        // However slow the machine: nobody is overloaded by that.
        let stage = try await Stage(choice, deadline: .seconds(120))
        _ = try await stage.register()
        let outcomes = try await inParallel(64) { _ in try await stage.signIn() }
        #expect(outcomes.areGranted)
    }

    @Test(arguments: StoreChoice.allCases)
    func manyParallelSignInsWithRecoveryCodesOfTheirOwnAreAllGranted(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice, deadline: .seconds(120))
        let (token, _) = try await stage.enrolled()
        let codes = try await stage.gatekeeper.generateRecoveryCodes(stage.fresh(token)).done().codes
        let outcomes = try await inParallel(10) { index in
            let pending = try await stage.signIn().pending()
            return try await stage.gatekeeper.finish(pending.token, with: .code(codes[index].revealed()))
        }
        #expect(outcomes.areGranted)
    }

    @Test(arguments: StoreChoice.allCases)
    func beyondAShortQueueTheAnswerIsOverloadedAndNeverDenied(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice, queueLength: 4)
        _ = try await stage.register()
        let outcomes = await inParallelResults(64) { _ in try await stage.signIn() }
        var (granted, overloaded) = (0, 0)
        for outcome in outcomes {
            switch outcome {
            case .success(let outcome):
                #expect(outcome.isGranted)
                granted += 1
            case .failure(let error):
                #expect((error as? GatekeeperError)?.code == .overloaded)
                overloaded += 1
            }
        }
        #expect(granted >= 1 && overloaded >= 1 && granted + overloaded == 64)
        // Nobody has spent anything of the budget.
        let status = try #require(try await stage.gatekeeper.status(of: "alice"))
        #expect(status.factors[0].failures == 0)
        #expect(try await stage.signIn().isGranted)
    }

    @Test(arguments: StoreChoice.allCases)
    func ofManyParallelWrongCodesAtMostFiveAreVerified(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let (_, authenticator) = try await stage.enrolled()
        var pendings: [PendingSignIn] = []
        for _ in 0..<8 { pendings.append(try await stage.signIn().pending()) }
        let open = pendings
        let now = stage.clock.now()
        let outcomes = try await inParallel(64) { guess in
            try await stage.gatekeeper.finish(open[guess % 8].token, with: .code(authenticator.wrongCode(at: now)))
        }
        #expect(outcomes.areDenied)
        let verified = stage.events.events.count { $0.reason == .wrongCode }
        #expect(verified == 5)
        // Under the lock nothing is looked at, not even the right code.
        let locked = try await stage.gatekeeper.finish(
            open[7].token, with: .code(authenticator.code(at: now))
        )
        #expect(try locked.denied().retryAfter == .seconds(30))
    }

    @Test(arguments: StoreChoice.allCases)
    func theLadderDoublesAndEndsAtAnHourAndWithASuccess(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        for _ in 0..<4 {
            #expect(try await stage.signIn("alice", "wrong wrong wrong wrong").denied().retryAfter == nil)
        }
        for expected in [30, 60, 120, 240, 480, 960, 1920, 3600, 3600] {
            let lock = try await stage.signIn("alice", "wrong wrong wrong wrong").denied().retryAfter
            #expect(lock == .seconds(expected))
            stage.hashes.reset()
            stage.clock.advance(by: .seconds(expected) - .milliseconds(1))
            #expect(try await stage.signIn().denied().retryAfter == .milliseconds(1))
            #expect(stage.hashes.count == 0)
            stage.clock.advance(by: .milliseconds(1))
        }
        #expect(try await stage.signIn().isGranted)
        for _ in 0..<4 {
            #expect(try await stage.signIn("alice", "wrong wrong wrong wrong").denied().retryAfter == nil)
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func aQuietDayEndsTheLadder(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        for _ in 0..<5 { _ = try await stage.signIn("alice", "wrong wrong wrong wrong") }
        stage.clock.advance(by: .seconds(24 * 3600))
        for _ in 0..<4 {
            #expect(try await stage.signIn("alice", "wrong wrong wrong wrong").denied().retryAfter == nil)
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func theHundredthConsecutiveFailureDisablesTheFactorExactly(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        var verified = 0
        for attempt in 1...110 {
            stage.hashes.reset()
            _ = try await stage.signIn("alice", "wrong guess number \(attempt)").denied()
            verified += stage.hashes.count
            stage.clock.advance(by: .seconds(3600))
            let status = try #require(try await stage.gatekeeper.status(of: "alice"))
            #expect(status.factors[0].isDisabled == (attempt >= 100))
        }
        #expect(verified == 110)  // a dummy each, after the hundredth: the same work
        // Disabled: the right password is answered like a wrong one, until an administrator unlocks.
        #expect(try await stage.signIn().isDenied)
        _ = try await stage.gatekeeper.unlock("alice")
        #expect(try await stage.signIn().isGranted)
        #expect(stage.events.events.count { $0.name == .loginFailedMaximum } == 1)
    }

    @Test(arguments: StoreChoice.allCases)
    func theHundredIsExactUnderParallelGuesses(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let account = try await stage.register()
        // 98 consecutive failures, four a quiet day, so that no lock stands and five may run at once.
        for attempt in 0..<98 {
            _ = try await stage.signIn("alice", "wrong guess number \(attempt)").denied()
            if attempt % 4 == 3 { stage.clock.advance(by: .seconds(24 * 3600)) }
        }
        stage.clock.advance(by: .seconds(24 * 3600))
        _ = account
        let right = try await inParallel(5) { index in
            // Two may still be verified; the right one is among those that may not.
            try await stage.signIn("alice", "another wrong guess \(index)")
        }
        #expect(right.areDenied)
        let status = try #require(try await stage.gatekeeper.status(of: "alice"))
        #expect(status.factors[0].isDisabled)
        stage.clock.advance(by: .seconds(24 * 3600))
        #expect(try await stage.signIn().isDenied)
    }

    @Test(arguments: StoreChoice.allCases)
    func aDeadProcesssReservationBecomesAFailureAtItsDeadline(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice, wrap: { FaultyStore($0) })
        _ = try await stage.register()
        let store = try #require(stage.store as? FaultyStore)
        // Dead between the reservation and the verdict: the store is gone from the fourth call on.
        store.arm(.error, atCall: 4)
        await #expect(throws: GatekeeperError.self) { _ = try await stage.signIn() }
        store.heal()
        #expect(try await stage.gatekeeper.status(of: "alice")?.factors[0].failures == 0)
        stage.clock.advance(by: .seconds(20) - .milliseconds(1))
        #expect(try await stage.gatekeeper.status(of: "alice")?.factors[0].failures == 0)
        stage.clock.advance(by: .milliseconds(1))
        #expect(try await stage.gatekeeper.status(of: "alice")?.factors[0].failures == 1)
        #expect(try await stage.signIn().isGranted)
    }

    /// Reservations from the future, of a process that died while its clock ran ahead, do not block an account.
    @Test func reservationsFromAClockThatRanAheadEnd() async throws {
        let stage = try await Stage(wrap: { FaultyStore($0) })
        _ = try await stage.register()
        let store = try #require(stage.store as? FaultyStore)
        let present = stage.clock.now()
        stage.clock.advance(by: .seconds(400 * 86_400))
        for _ in 0..<5 {
            store.arm(.error, atCall: 4)
            await #expect(throws: GatekeeperError.self) { _ = try await stage.signIn() }
            store.heal()
        }
        stage.clock.set(present)
        // Full now; what this look cuts and stores ends twenty seconds later, as five failures and a lock.
        let task = Task { try await stage.signIn() }
        task.cancel()
        _ = await task.result
        stage.clock.advance(by: .seconds(20 + 30))
        #expect(try await stage.signIn().isGranted)
    }

    @Test(arguments: StoreChoice.allCases)
    func parallelRightSignInsFromOneAddressAreNeverDenied(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice, queueLength: 1000)
        for user in 0..<4 { _ = try await stage.register("user\(user)") }
        let address = try #require(ClientAddress("192.0.2.1"))
        let outcomes = await inParallelResults(100) { index in
            try await stage.gatekeeper.signIn(
                "user\(index % 4)", password: Password(Stage.password), from: .address(address))
        }
        for outcome in outcomes {
            switch outcome {
            case .success(let outcome): #expect(outcome.isGranted)
            case .failure(let error): #expect((error as? GatekeeperError)?.code == .overloaded)
            }
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func fiftyFailuresOfOneNetworkEndItsWindow(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        let addresses = try ["192.0.2.1", "::ffff:192.0.2.1"].map { try #require(ClientAddress($0)) }
        func guess(_ name: String, _ password: String, _ address: ClientAddress) async throws -> SignInOutcome {
            try await stage.gatekeeper.signIn(name, password: Password(password), from: .address(address))
        }
        for attempt in 0..<50 {
            let denial = try await guess("nobody\(attempt)", "wrong wrong wrong", addresses[attempt % 2]).denied()
            #expect(denial.retryAfter == nil)
            // Successes are given back; the failures before them stay.
            #expect(try await guess("alice", Stage.password, addresses[0]).isGranted == (attempt < 49))
        }
        stage.hashes.reset()
        let over = try await guess("alice", Stage.password, addresses[1]).denied()
        #expect(over.retryAfter == .seconds(15 * 60))
        #expect(stage.hashes.count == 0)
        let other = try #require(ClientAddress("192.0.2.2"))
        #expect(try await guess("alice", Stage.password, other).isGranted)
        stage.clock.advance(by: .seconds(15 * 60))
        #expect(try await guess("alice", Stage.password, addresses[0]).isGranted)
    }
}

/// Keeps no reservation, and writes failures without looking whether somebody else did: a counter that is read before
/// and written after the hash.
private struct ReadThenWriteAttempts: StoreWrapper {
    let base: any AuthStore

    func commit(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp)
        async throws(StoreError) -> CommitOutcome
    {
        guard let written = changes.first(where: { $0.key.kind == .attempts }) else {
            return try await base.commit(id, changes, at: now)
        }
        switch written {
        case .create(let key, let value, let end), .replace(let key, _, let value, let end):
            guard try AttemptLedger(stored: value).running.isEmpty else { return .committed }
            while true {
                let version = (try await base.read([key], at: now).first ?? nil)?.version
                let blind: RecordChange =
                    version.map { .replace(key, at: $0, value: value, expiresAt: end) }
                    ?? .create(key, value: value, expiresAt: end)
                if try await base.commit(id, [blind], at: now) == .committed { return .committed }
            }
        case .remove, .require: return try await base.commit(id, changes, at: now)
        }
    }
}
