// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Testing

/// Two nodes on one store whose clocks disagree, by less than what makes the store unavailable.
@Suite(.timeLimit(.minutes(10))) struct ClockSkewTests {
    /// A clock that is off another by a fixed span.
    private struct Skewed: WallClock {
        let base: ManualClock
        let offset: Duration
        func now() -> Timestamp { base.now().advanced(by: offset) }
    }

    static let offsets: [Int] = [-59, -5, 5, 59]

    /// The other node's gatekeeper.
    private static func otherNode(_ stage: Stage, _ seconds: Int, wrap: (any AuthStore) -> any AuthStore = { $0 })
        async throws -> Gatekeeper
    {
        let clock = Skewed(base: stage.clock, offset: .seconds(seconds))
        return Gatekeeper(
            try await stage.reopened(wrap, clock: clock), configuration: stage.gatekeeper.configuration)
    }

    /// Every flow, begun on one node and called on the other: what it gives is what it gives on one node, or a refusal.
    @Test(arguments: StoreChoice.allCases, offsets)
    func noFlowAcceptsMoreOnAnotherNode(_ choice: StoreChoice, _ seconds: Int) async throws {
        let refusals = ["denied", "stale", "not found", "over", "refused", "not signed in", "locked"]
        for flow in FaultTests.flows {
            let (here, there) = (try await Stage(choice), try await Stage(choice))
            let expected = try await flow.prepare(here)(here.gatekeeper)
            let call = try await flow.prepare(there)
            let result = try await call(Self.otherNode(there, seconds))
            #expect(result == expected || refusals.contains(result), "\(flow), \(seconds) s off: \(result)")
            // Five seconds off, nothing but the edge of a time step is lost.
            if abs(seconds) == 5 { #expect(result == expected, "\(flow), \(seconds) s off: \(result)") }
            try await flow.notStuck(there)
        }
    }

    /// Both nodes are offered one code at once, for four sign-ins: one is accepted.
    static func codeOnBothNodes(
        _ choice: StoreChoice, _ seconds: Int, wrap: (any AuthStore) -> any AuthStore = { $0 }
    ) async throws {
        let stage = try await Stage(choice)
        let (_, device) = try await stage.enrolled()
        for round in 0..<10 {
            stage.clock.advance(by: .seconds(30))
            var pendings: [PendingSignIn] = []
            for _ in 0..<4 { pendings.append(try await stage.signIn().pending()) }
            let open = pendings
            let nodes = [
                try await otherNode(stage, 0, wrap: wrap), try await otherNode(stage, seconds, wrap: wrap),
            ]
            let code = device.code(at: stage.clock.now())
            let outcomes = await inParallelResults(4) { number in
                try await nodes[number % 2].finish(open[number].token, with: .code(code))
            }
            let granted = outcomes.count { (try? $0.get().isGranted) == true }
            try hold(granted == 1, "round \(round), \(seconds) s off: \(granted) of 4 were granted")
            _ = try await stage.gatekeeper.unlock("alice")
        }
    }

    @Test(arguments: StoreChoice.allCases, [-5, 5])
    func aCodeIsAcceptedOnceOnTwoNodes(_ choice: StoreChoice, _ seconds: Int) async throws {
        try await Self.codeOnBothNodes(choice, seconds)
    }

    @Test func readThenWriteWouldBeCaughtOnTwoNodes() async throws {
        await expectCaught(by: "of 4 were granted") {
            for _ in 0..<20 { try await Self.codeOnBothNodes(.memory, 5) { BrokenStore(.checksThenActs, on: $0) } }
        }
    }

    /// A lock that one node sets ends on both after its span and the skew, and never reaches beyond its maximum.
    @Test(arguments: StoreChoice.allCases, offsets)
    func noLockReachesBeyondItsMaximum(_ choice: StoreChoice, _ seconds: Int) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        let other = try await Self.otherNode(stage, seconds)
        let wrong = Password("wrong wrong wrong wrong")
        var verified = 0
        for attempt in 0..<16 {
            let node = attempt.isMultiple(of: 2) ? stage.gatekeeper : other
            let before = stage.hashes.count
            _ = try await node.signIn("alice", password: wrong).denied()
            verified += stage.hashes.count - before
        }
        // The first lock is shorter than a minute: to a node that is that far ahead it is over, once.
        #expect(verified == 5 || (abs(seconds) == 59 && verified == 6))
        for _ in 0..<12 {
            for node in [stage.gatekeeper, other] {
                let lock = try #require(try await node.signIn("alice", password: wrong).denied().retryAfter)
                #expect(lock <= .seconds(3600), "a lock of \(lock)")
            }
            stage.clock.advance(by: .seconds(3600 + 60))
            // Over on both: the wrong guess is verified, and locks again.
            let before = stage.hashes.count
            _ = try await other.signIn("alice", password: wrong).denied()
            #expect(stage.hashes.count == before + 1)
        }
        stage.clock.advance(by: .seconds(3600 + 60))
        #expect(try await stage.signIn().isGranted)
    }

    /// What is revoked on one node is dead on the other; what is issued on one lives on the other.
    @Test(arguments: StoreChoice.allCases, offsets)
    func sessionsAreOneOnTwoNodes(_ choice: StoreChoice, _ seconds: Int) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        let other = try await Self.otherNode(stage, seconds)
        let (mine, theirs) = (
            try await stage.signedIn(),
            try await other.signIn("alice", password: Password(Stage.password)).granted()
        )
        #expect(try await other.session(for: mine.token) != nil)
        #expect(try await stage.gatekeeper.session(for: theirs.token) != nil)
        try await stage.gatekeeper.signOut(theirs.token)
        #expect(try await other.session(for: theirs.token) == nil)
        // Thirty days and a minute after, it is over on both, however it is looked at.
        stage.clock.advance(by: .seconds(30 * 86_400 + 60))
        for node in [stage.gatekeeper, other] { #expect(try await node.session(for: mine.token) == nil) }
    }
}
