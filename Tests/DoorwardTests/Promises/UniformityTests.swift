// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Synchronization
import Testing

/// P6, uniform: what is answered and done depends on the attempts made so far alone.
@Suite(.timeLimit(.minutes(10))) struct UniformityTests {
    enum Kind: CaseIterable, Sendable {
        case unknown, wrong, withoutPassword, disabled, rightButDisabled, atTheCap
        /// Of other systems; of those hashes others are made, and besides all is alike.
        case imported, importedAndRight, wrapped

        static let own: [Kind] = [.unknown, .wrong, .withoutPassword, .disabled, .rightButDisabled, .atTheCap]
    }

    typealias SignIn = @Sendable (Stage, Gatekeeper, String, String) async throws -> SignInOutcome

    static let honest: SignIn = { _, gatekeeper, name, password in
        try await gatekeeper.signIn(name, password: Password(password))
    }

    /// Twelve attempts on a kind of account: every store call and hash, in order, and every answer.
    ///
    /// - Parameter isMixed: Whether hashes of other systems are in the store, and their parameters not compared.
    static func transcript(_ kind: Kind, _ choice: StoreChoice, isMixed: Bool, signIn: SignIn) async throws -> [String]
    {
        let lines = Mutex<SpyStore?>(nil)
        let hashes = HashSpy { job in
            guard !isMixed, case .argon2(let input) = job else {
                lines.withLock { $0 }?.note("hash")
                return
            }
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
        case .imported: _ = try await stage.bringIn("alice", Stage.password)
        case .importedAndRight:
            _ = try await stage.bringIn("alice", Stage.password)
            _ = try await stage.gatekeeper.disable("alice")
        case .wrapped: _ = try await stage.bringIn("alice", Stage.password, wrapping: true)
        }
        if isMixed {
            _ = try await stage.bringIn("bob", Stage.password)
            _ = try await stage.bringIn("carol", Stage.password, wrapping: true)
            try await stage.gatekeeper.takeHashCensus()
        }
        let spy = SpyStore(stage.store)
        lines.withLock { $0 = spy }
        let gatekeeper = Gatekeeper(
            try await stage.reopened { _ in spy }, configuration: stage.gatekeeper.configuration)
        try await gatekeeper.readHashCensus()
        _ = spy.take()
        var transcript: [String] = []
        let password =
            [.rightButDisabled, .atTheCap, .importedAndRight].contains(kind) ? Stage.password : Stage.otherPassword
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

    static func compare(_ choice: StoreChoice, isMixed: Bool = false, signIn: SignIn = honest) async throws {
        let first = try await transcript(.wrong, choice, isMixed: isMixed, signIn: signIn)
        try hold(first.contains { $0.hasPrefix("hash") }, "nothing was hashed")
        try hold(first.contains { $0.contains("retryAfter: Optional") }, "nothing was ever locked")
        for kind in isMixed ? Kind.allCases : Kind.own {
            let other = try await transcript(kind, choice, isMixed: isMixed, signIn: signIn)
            let difference = zip(first, other).enumerated().first { $0.element.0 != $0.element.1 }
            try hold(
                first == other,
                "\(kind) differs: \(difference.map { "\($0)" } ?? "\(first.count) lines against \(other.count)")")
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func sixKindsOfAccountCannotBeToldApart(_ choice: StoreChoice) async throws { try await Self.compare(choice) }

    @Test(arguments: StoreChoice.allCases)
    func neitherCanThoseWithHashesOfOtherSystems(_ choice: StoreChoice) async throws {
        try await Self.compare(choice, isMixed: true)
    }

    @Test func unknownNamesAreHashedLikeTheKnownOnesInTheirProportion() async throws {
        let sorts = Mutex<[String: Int]>([:])
        let hashes = HashSpy { job in
            let sort =
                switch job {
                case .argon2: "argon2"
                case .old: "old"
                case .wrapped: "wrapped"
                }
            sorts.withLock { $0[sort, default: 0] += 1 }
        }
        func spread(_ stage: Stage) async throws -> [String: Int] {
            sorts.withLock { $0 = [:] }
            for name in 0..<400 { _ = try await stage.signIn("nobody\(name)", Stage.otherPassword) }
            return sorts.withLock { $0 }
        }
        let stage = try await Stage(hashes: hashes)
        #expect(try await spread(stage) == ["argon2": 400])
        _ = try await stage.register()
        for name in ["b", "c"] { _ = try await stage.bringIn(name, Stage.password) }
        _ = try await stage.bringIn("d", Stage.password, wrapping: true)
        try await stage.gatekeeper.takeHashCensus()
        // A quarter, a half, a quarter, give or take five standard deviations.
        let mixed = try await spread(stage)
        #expect((57...143).contains(mixed["argon2"] ?? 0), "\(mixed)")
        #expect((150...250).contains(mixed["old"] ?? 0), "\(mixed)")
        #expect((57...143).contains(mixed["wrapped"] ?? 0), "\(mixed)")
        // A name answers alike every time, and in every process.
        stage.clock.advance(by: .seconds(24 * 3600 + 1))
        #expect(try await spread(stage) == mixed)
        let another = stage.another()
        try await another.readHashCensus()
        for name in 0..<20 {
            let account = try await another.resolve("nobody\(name)").account
            #expect(another.dummy(for: account) == stage.gatekeeper.dummy(for: account))
        }
    }

    @Test func aCensusThatGrowsLeavesTheOthersAsTheyAre() async throws {
        let stage = try await Stage()
        _ = try await stage.register()
        _ = try await stage.bringIn("b", Stage.password)
        let accounts = (0..<2000).map { _ in AccountID(from: stage.random) }
        try await stage.gatekeeper.takeHashCensus()
        let before = accounts.map { stage.gatekeeper.dummy(for: $0) }
        // Of 2 and of 3: a sixth of the names has another sort now, and nobody else.
        _ = try await stage.bringIn("c", Stage.password)
        try await stage.gatekeeper.takeHashCensus()
        let moved = zip(accounts, before).count { stage.gatekeeper.dummy(for: $0) != $1 }
        #expect((200...480).contains(moved), "\(moved) of 2000")
    }

    @Test func namesOfATableAreAnsweredLikeUnknownOnes() async throws {
        struct Table: AccountDirectory {
            func find(_ name: LoginName) async throws -> DirectoryEntry? { nil }
            func hashSorts() async throws -> [(example: OldHash, accounts: Int)] {
                [(try Stage.oldHash(of: Stage.password), 3)]
            }
        }
        let stage = try await Stage()
        _ = try await stage.register()
        var configuration = stage.gatekeeper.configuration
        configuration.directory = Table()
        let gatekeeper = Gatekeeper(stage.environment, configuration: configuration)
        try await gatekeeper.takeHashCensus()
        let old = (0..<400).count { _ in
            if case .old = gatekeeper.dummy(for: AccountID(from: stage.random)) { true } else { false }
        }
        #expect((250...350).contains(old), "\(old) of 400")
    }

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
