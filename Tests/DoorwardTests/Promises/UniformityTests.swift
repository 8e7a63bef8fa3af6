// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Synchronization
import Testing

/// P6, uniform: what is answered and done depends on the attempts made so far alone.
@Suite(.timeLimit(.minutes(10))) struct UniformityTests {
    enum Kind: CaseIterable, Sendable {
        case unknown, wrong, withoutPassword, disabled, rightButDisabled, atTheCap
    }

    typealias SignIn = @Sendable (Stage, Gatekeeper, String, String) async throws -> SignInOutcome

    static let honest: SignIn = { _, gatekeeper, name, password in
        try await gatekeeper.signIn(name, password: Password(password))
    }

    /// Twelve attempts on a kind of account: every store call and hash, in order, and every answer.
    static func transcript(_ kind: Kind, _ choice: StoreChoice, signIn: SignIn) async throws -> [String] {
        let lines = Mutex<SpyStore?>(nil)
        let hashes = HashSpy { input in
            let parameters = input.parameters
            lines.withLock { $0 }?.note(
                "hash \(input.variant.rawValue) \(parameters.memoryKiB) \(parameters.passes) \(parameters.parallelism) "
                    + "\(input.salt.count) \(input.tagLength) \(input.pepper != nil)")
        }
        let stage = try await Stage(choice, hashes: hashes)
        let name = try LoginName("alice")
        switch kind {
        case .unknown: break
        case .wrong: _ = try await stage.register()
        case .withoutPassword: _ = try await stage.gatekeeper.registerWithoutPassword(name)
        case .disabled, .rightButDisabled:
            _ = try await stage.register()
            _ = try await stage.gatekeeper.disable("alice")
        case .atTheCap:
            _ = try await stage.register()
            for _ in 0..<100 {
                _ = try await stage.signIn("alice", Stage.otherPassword)
                stage.clock.advance(by: .seconds(3600))
            }
            // The ladder is over, the streak is not.
            stage.clock.advance(by: .seconds(24 * 3600))
        }
        let spy = SpyStore(stage.store)
        lines.withLock { $0 = spy }
        let gatekeeper = Gatekeeper(
            try await stage.reopened { _ in spy }, configuration: stage.gatekeeper.configuration)
        _ = spy.take()
        var transcript: [String] = []
        let password =
            kind == .rightButDisabled || kind == .atTheCap ? Stage.password : Stage.otherPassword
        for attempt in 0..<12 {
            let spelling = ["alice", "ALICE", "ａlice"][attempt % 3]
            let typed = attempt == 3 ? "" : attempt == 4 ? String(repeating: "x", count: 5000) : password
            let outcome = try await signIn(stage, gatekeeper, spelling, typed)
            transcript += spy.take()
            guard case .denied(let denial) = outcome else { throw Broken("\(kind) was let in") }
            transcript.append("denied, \(denial)")
            // Sometimes within the lock, sometimes after it.
            stage.clock.advance(by: .seconds(attempt % 2 == 0 ? 1 : 300))
        }
        return transcript
    }

    static func compare(_ choice: StoreChoice, signIn: SignIn = honest) async throws {
        let first = try await transcript(.wrong, choice, signIn: signIn)
        try hold(first.contains { $0.hasPrefix("hash") }, "nothing was hashed")
        try hold(first.contains { $0.contains("retryAfter: Optional") }, "nothing was ever locked")
        for kind in Kind.allCases {
            let other = try await transcript(kind, choice, signIn: signIn)
            let difference = zip(first, other).enumerated().first { $0.element.0 != $0.element.1 }
            try hold(
                first == other,
                "\(kind) differs: \(difference.map { "\($0)" } ?? "\(first.count) lines against \(other.count)")")
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func sixKindsOfAccountCannotBeToldApart(_ choice: StoreChoice) async throws { try await Self.compare(choice) }

    @Test func returningBeforeTheHashWouldBeCaught() async throws {
        await expectCaught(by: "differs: ") {
            try await Self.compare(.memory) { stage, gatekeeper, name, password in
                // The planted fault: whoever is unknown is sent away at once.
                let canonical = try LoginName(name).text
                let known = try await stage.store.scan(after: nil, limit: 1000).contains { record in
                    record.key.kind == .accounts
                        && (try? AccountRecord(stored: record.value))?.name == canonical
                }
                guard known else { return .denied(Denial(retryAfter: nil)) }
                return try await gatekeeper.signIn(name, password: Password(password))
            }
        }
    }

    @Test func everySpellingOfANameSharesOneBudget() async throws {
        let stage = try await Stage()
        _ = try await stage.register("bob")
        for spelling in ["Bob", "BOB", "ｂｏｂ", "bob", "bOb"] {
            _ = try await stage.signIn(spelling, Stage.otherPassword).denied()
        }
        #expect(try await stage.signIn("bob").denied().retryAfter == .seconds(30))
    }
}
