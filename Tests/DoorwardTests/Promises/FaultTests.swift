// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Testing

/// P4, fail closed: every store call of every flow, with every fault.
@Suite(.timeLimit(.minutes(10))) struct FaultTests {
    /// Strikes at the first call, the second, and so on, until the fault no longer strikes.
    ///
    /// - Returns: How many calls were struck.
    static func enumerate(
        _ flow: Flow, _ choice: StoreChoice, _ fault: FaultyStore.Fault, auditChain: AuditChain? = nil,
        wrap: @Sendable (any AuthStore) -> any AuthStore = { $0 }
    ) async throws -> Int {
        var expected: String?
        var (number, struck) = (0, 0)
        while true {
            let stage = try await Stage(choice, retry: .brief) { FaultyStore($0) }
            let faulty = try unwrap(stage.store as? FaultyStore)
            let call = try await flow.prepare(stage)
            var configuration = stage.gatekeeper.configuration
            configuration.auditChain = auditChain
            let gatekeeper = Gatekeeper(
                try await stage.reopened({ _ in wrap(faulty) }, retry: .brief), configuration: configuration)
            if expected == nil {
                // The fault-free result, once.
                expected = try await call(gatekeeper)
                continue
            }
            number += 1
            faulty.arm(fault, atCall: number)
            let result: String
            do { result = try await call(gatekeeper) } catch let error as GatekeeperError {
                result = error.code.description
            }
            let calls = faulty.calls
            guard faulty.heal() else {
                try hold(result == expected, "\(flow), without fault: \(result)")
                if number > calls { return struck }
                continue
            }
            struck += 1
            let context = "\(flow), \(fault) at call \(number)"
            switch fault {
            case .error, .timeout:
                // Before the effect: unavailable, and the same again gives what it gives without a fault. What comes
                // after the verdict's commit may fail without changing the answer.
                if result != expected {
                    try hold(result == "unavailable", "\(context): \(result)")
                    // With a log, what could not be recorded may have come to pass: a code is spent then.
                    guard auditChain == nil else {
                        try await flow.notStuck(stage)
                        continue
                    }
                    let again = try await call(gatekeeper)
                    try hold(again == expected, "\(context), then healed: \(again)")
                }
            case .lostReply:
                if result != expected { try hold(result == "unavailable", "\(context): \(result)") }
                try await flow.notStuck(stage)
            case .staleRead:
                // Whatever is decided on what was, is committed only if it still is. What is read alone is as old as it.
                let refusals = [
                    "unavailable", "denied", "stale", "not found", "over", "refused", "not signed in", "not",
                ]
                let isReadAlone = ["sign out", "check a session", "list and revoke"].contains(flow.description)
                try hold(
                    result == expected || refusals.contains(result) || isReadAlone, "\(context): \(result)")
                try await flow.notStuck(stage)
            case .garbageRow:
                try hold(result == expected || result == "unavailable", "\(context): \(result)")
                try await flow.notStuck(stage)
            case .lostReplyOnce:
                // A change that landed is recognised; a read that failed is not read again.
                try hold([expected, "unavailable"].contains(result), "\(context): \(result)")
            }
        }
    }

    @Test(arguments: flows, FaultyStore.Fault.allCases)
    func everyFaultAtEveryCallFailsClosed(_ flow: Flow, _ fault: FaultyStore.Fault) async throws {
        #expect(try await Self.enumerate(flow, .memory, fault) > 0)
    }

    @Test(.enabled(if: RunLength.isSoak), arguments: StoreChoice.shared, FaultyStore.Fault.allCases)
    func soakEveryFaultAtEveryCallFailsClosed(_ choice: StoreChoice, _ fault: FaultyStore.Fault) async throws {
        var struck = 0
        for flow in Self.flows { struck += try await Self.enumerate(flow, choice, fault) }
        print("\(choice), \(fault) at each of \(struck) calls of \(Self.flows.count) flows: all fail closed")
    }

    /// A store that is read, and then written whatever it holds by then, takes a spent code again after a stale read.
    @Test func readThenWriteWouldBeCaughtByAStaleRead() async throws {
        await expectCaught(by: "staleRead at call") {
            for flow in Self.flows where flow.description.contains("spent") {
                _ = try await Self.enumerate(flow, .memory, .staleRead) { BrokenStore(.acceptsAnyVersion, on: $0) }
            }
        }
    }

    @Test func anErrorTakenForAMissWouldBeCaught() async throws {
        await expectCaught(by: "error at call") {
            for flow in Self.flows {
                _ = try await Self.enumerate(flow, .memory, .error) { ErrorsAsMisses(base: $0) }
            }
        }
    }

    @Test func aResendThatProvesTheCommitOursGoesOn() async throws {
        let stage = try await Stage(retry: .brief)
        _ = try await stage.register()
        let faulty = FaultyStore(stage.store)
        let gatekeeper = Gatekeeper(
            try await stage.reopened({ _ in faulty }, retry: .brief), configuration: stage.gatekeeper.configuration)
        // Name, records, reservation, verdict: the last two are commits.
        for call in [3, 4] {
            faulty.arm(.lostReplyOnce, atCall: call)
            let outcome = try await gatekeeper.signIn("alice", password: Password(Stage.password))
            #expect(faulty.heal())
            #expect(outcome.isGranted)
        }
        #expect(try await stage.gatekeeper.status(of: "alice")?.factors[0].failures == 0)
    }
}

/// The planted fault: whoever cannot read finds nothing.
private struct ErrorsAsMisses: StoreWrapper {
    let base: any AuthStore

    func read(_ keys: [RecordKey], at now: Timestamp) async throws(StoreError) -> [StoredRecord?] {
        do { return try await base.read(keys, at: now) } catch { return keys.map { _ in nil } }
    }
}

extension SignInOutcome {
    var word: String {
        switch self {
        case .granted: "granted"
        case .pending: "pending"
        case .denied: "denied"
        }
    }
}

extension ProtectedOutcome {
    var word: String {
        switch self {
        case .done: "done"
        case .denied: "denied"
        case .refused: "refused"
        case .notFound: "not found"
        case .reauthenticationRequired: "stale"
        }
    }
}
