// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Testing

/// A botnet of 200 addresses guesses at one account for 24 hours, and its owner goes on using it.
@Suite(.timeLimit(.minutes(10))) struct BotnetTests {
    private static let addresses = 200

    /// What came of it.
    struct Day {
        var guessesVerified = 0
        var ownerGranted = 0
        var longestStreak = 0
        var notices = 0
    }

    /// Every minute some of the botnet guess, each address about every seven minutes; every hour the owner signs in.
    static func day(_ stage: Stage, _ gatekeeper: Gatekeeper, device: DeviceToken?) async throws -> Day {
        var day = Day()
        let bots = try (0..<addresses).map { try unwrap(ClientAddress("198.51.100.\($0)")) }
        let owner = try unwrap(ClientAddress("192.0.2.7"))
        var next = 0
        for minute in 0..<(24 * 60) {
            for _ in 0..<29 {
                let bot = bots[next % addresses]
                next += 1
                let hashes = stage.hashes.count
                let outcome = try await gatekeeper.signIn(
                    "alice", password: Password("botnet guess \(next)"), from: .address(bot))
                try hold(outcome.isDenied, "a guess was right")
                day.guessesVerified += stage.hashes.count - hashes
            }
            if minute % 60 == 59 {
                day.longestStreak = max(day.longestStreak, try await streak(stage))
                let outcome = try await gatekeeper.signIn(
                    "alice", password: Password(Stage.password), from: .address(owner), device: device)
                if outcome.isGranted { day.ownerGranted += 1 }
            }
            stage.clock.advance(by: .seconds(60))
        }
        return day
    }

    private static func streak(_ stage: Stage) async throws -> Int {
        let target = try await stage.gatekeeper.resolve("alice")
        return try await stage.environment.read(target.keys, in: target.partition)
            .load(AttemptLedger.self, AttemptFactor.password.recordID)?.streak ?? 0
    }

    /// The most that the ladder lets through in a day: five, then one after each lock of 30 s doubling to an hour, as far
    /// as the guesses' minutes go.
    private static let mostGuesses = 5 + 7 + 24

    static func holds(usingTheDevice: Bool) async throws {
        let stage = try await Stage()
        _ = try await stage.register()
        let device = try await stage.gatekeeper.rememberDevice(stage.fresh(stage.signedIn().token)).done()
        stage.hashes.reset()
        let day = try await day(stage, stage.gatekeeper, device: usingTheDevice ? device : nil)
        try hold(day.ownerGranted == 24, "the owner was let in at \(day.ownerGranted) of 24 hours")
        try hold(day.guessesVerified <= mostGuesses, "\(day.guessesVerified) guesses were verified")
        try hold(day.guessesVerified >= 20, "the botnet did not get on: \(day.guessesVerified)")
        try hold(day.longestStreak < 100, "a streak of \(day.longestStreak)")
        print(
            "24 hours, \(addresses) addresses, \(24 * 60 * 29) guesses: \(day.guessesVerified) verified, streak at most "
                + "\(day.longestStreak), the owner let in at \(day.ownerGranted) of 24 hours")
    }

    @Test func strangersStayWithinTheLadderAndTheOwnersBrowserSignsInAtEveryHour() async throws {
        try await Self.holds(usingTheDevice: true)
    }

    /// The planted fault: everybody has the same lane.
    @Test func anOwnerWithoutALaneOfTheirOwnWouldBeCaught() async throws {
        await expectCaught(by: "the owner was let in at") { try await Self.holds(usingTheDevice: false) }
    }
}
