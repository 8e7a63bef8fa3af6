// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Testing

/// P2 over processes: 64 wrong guesses at once, from four of them, on one account after the other.
@Suite(.serialized, .timeLimit(.minutes(60))) struct BudgetRuns {
    static func run(_ choice: StoreChoice, rounds: Int, flaw: BrokenStore.Flaw? = nil) async throws {
        let stage = try await SharedStage(choice)
        let workers = try await stage.workers(4, "guess", flaw?.rawValue ?? "honest")
        for round in 0..<rounds {
            // Every other name is nobody's: the budget is the same.
            let name = "user\(round)"
            if round.isMultiple(of: 2) { _ = try await stage.register(name) }
            for worker in workers { worker.send("\(name) 16") }
            var verified = 0
            for worker in workers {
                let line = try unwrap(await worker.next(), "a worker died")
                verified += try unwrap(Int(line), line)
            }
            try hold(verified == 5, "round \(round): \(verified) guesses were verified")
            guard round.isMultiple(of: 2) else { continue }
            let status = try unwrap(try await stage.gatekeeper.status(of: name))
            try hold(status.factors[0].failures == 5, "round \(round): \(status.factors[0].failures) failures counted")
        }
    }

    @Test(arguments: StoreChoice.shared)
    func exactlyFiveOf64GuessesAreVerified(_ choice: StoreChoice) async throws {
        try await Self.run(choice, rounds: 10)
    }

    @Test(arguments: StoreChoice.shared)
    func readThenWriteWouldBeCaughtByTheBudget(_ choice: StoreChoice) async throws {
        await expectCaught(by: "guesses were verified") {
            try await Self.run(choice, rounds: 40, flaw: .checksThenActs)
        }
    }

    @Test(.enabled(if: RunLength.isSoak), arguments: StoreChoice.shared)
    func soakExactlyFiveOf64GuessesAreVerified(_ choice: StoreChoice) async throws {
        let start = ContinuousClock.now
        try await Self.run(choice, rounds: 1000)
        print("\(choice), 64 guesses by 4 processes × 1000 rounds: five verified, \(ContinuousClock.now - start)")
    }

    @Test(.enabled(if: RunLength.isSoak)) func soakExactlyFiveOf64GuessesAreVerifiedInMemory() async throws {
        for _ in 0..<1000 { try await AttemptBudgetTests.wrongGuesses(.memory) { $0 } }
        print("memory, 64 guesses × 1000 rounds: five verified")
    }
}
