// SPDX-License-Identifier: Apache-2.0

import Doorward
@_spi(Testing) import DoorwardPasswords
import DoorwardTesting
import Testing

/// New passwords and the lists of breached ones.
@Suite struct NewPasswordTests {
    /// Knows some passwords, or gives no answer.
    private struct Source: BreachedPasswordSource {
        var known: [String] = []
        var isSilent = false

        func contains(_ digest: PasswordDigest) async throws(BreachedPasswordError) -> Bool {
            guard !isSilent else { throw BreachedPasswordError(reason: "silent") }
            return known.contains { PasswordDigest(Password($0))?.revealed() == digest.revealed() }
        }
    }

    private func gatekeeper(
        _ stage: Stage, _ source: Source, _ outage: BreachedPasswordCheck.Outage = .refuse
    ) -> Gatekeeper {
        var configuration = stage.gatekeeper.configuration
        configuration.breachedPasswords = BreachedPasswordCheck(source, outage: outage)
        return Gatekeeper(stage.environment, configuration: configuration)
    }

    @Test func aBreachedPasswordIsRefusedWhereverANewOneIsSet() async throws {
        let stage = try await Stage()
        let gatekeeper = gatekeeper(stage, Source(known: [Stage.otherPassword]))
        guard
            case .refused(let violations) = try await gatekeeper.register(
                "alice", password: Password(Stage.otherPassword))
        else { throw Broken("a breached password was taken at registration") }
        #expect(violations.map(\.code) == ["password.breached"])
        guard case .refused(let all) = try await gatekeeper.register("a", password: Password("aaaa")) else {
            throw Broken("a short password was taken")
        }
        #expect(!all.contains { $0.code == "password.breached" })
        guard case .registered = try await gatekeeper.register("alice", password: Password(Stage.password)),
            case .refused(let changed) = try await gatekeeper.changePassword(
                try await stage.fresh(try await stage.signedIn().token), current: Password(Stage.password),
                to: Password(Stage.otherPassword))
        else { throw Broken("a breached password was taken at a change") }
        #expect(changed.map(\.code) == ["password.breached"])
    }

    @Test func whileTheListIsSilentNoPasswordIsTaken() async throws {
        let stage = try await Stage()
        let gatekeeper = gatekeeper(stage, Source(isSilent: true))
        await #expect(throws: GatekeeperError.self) {
            _ = try await gatekeeper.register("alice", password: Password(Stage.password))
        }
        // Nothing is left of it: there is nobody to sign in.
        guard case .denied = try await gatekeeper.signIn("alice", password: Password(Stage.password)) else {
            throw Broken("an account was made without a verdict on its password")
        }
    }

    @Test func aServiceMayTakePasswordsWhileTheListIsSilentAndIsTold() async throws {
        let stage = try await Stage()
        let gatekeeper = gatekeeper(stage, Source(isSilent: true), .accept)
        guard case .registered = try await gatekeeper.register("alice", password: Password(Stage.password)) else {
            throw Broken("refused")
        }
        #expect(stage.events.events.contains { $0.name == .breachListUnavailable })
        guard case .refused(let violations) = try await gatekeeper.register("bob", password: Password("short")) else {
            throw Broken("a short password was taken")
        }
        #expect(violations.map(\.code) == ["password.tooShort"])
    }

    // MARK: Former passwords

    private static let passwords = (1...5).map { "a quiet river at dawn, number \($0)" }

    /// Changes the password again and again; says which changes were taken.
    private func changes(_ stage: Stage, remembering count: Int, to numbers: [Int]) async throws -> [Bool] {
        var configuration = stage.gatekeeper.configuration
        configuration.passwordHistory = count
        let gatekeeper = Gatekeeper(stage.environment, configuration: configuration)
        var current = Self.passwords[0]
        _ = try await stage.register("alice", current)
        var taken: [Bool] = []
        for number in numbers {
            let fresh = try await stage.fresh(try await stage.signedIn("alice", current).token)
            let outcome = try await gatekeeper.changePassword(
                fresh, current: Password(current), to: Password(Self.passwords[number]))
            switch outcome {
            case .done:
                taken.append(true)
                current = Self.passwords[number]
            case .refused(let violations):
                #expect(violations.map(\.code) == ["password.reused"])
                taken.append(false)
            default: throw Broken("\(outcome)")
            }
        }
        return taken
    }

    @Test(arguments: StoreChoice.allCases) func formerPasswordsStayAwayForAsLongAsWasAsked(_ store: StoreChoice)
        async throws
    {
        // Of two: the current one and the two before it are refused, the third before it is not.
        let taken = try await changes(try await Stage(store), remembering: 2, to: [0, 1, 0, 2, 0, 1, 3, 0, 3])
        #expect(taken == [false, true, false, true, false, false, true, true, false])
    }

    @Test func withoutHistoryOnlyTheCurrentPasswordIsRefused() async throws {
        let taken = try await changes(try await Stage(), remembering: 0, to: [0, 1, 0, 1])
        #expect(taken == [false, true, true, true])
    }

    @Test func aForcedChangeKnowsFormerPasswordsToo() async throws {
        let stage = try await Stage()
        _ = try await changes(stage, remembering: 2, to: [1])
        _ = try await stage.gatekeeper.requirePasswordChange("alice")
        guard case .pending(let pending) = try await stage.signIn("alice", Self.passwords[1]),
            pending.needs == .newPassword
        else { throw Broken("no change is required") }
        let again = try await stage.gatekeeper.changePassword(pending.token, to: Password(Self.passwords[0]))
        guard case .refused(let violations) = again else { throw Broken("a former password came back: \(again)") }
        #expect(violations.map(\.code) == ["password.reused"])
    }

    @Test func aFormerHashThatCannotBeComputedKeepsNobodyOut() async throws {
        let stage = try await Stage()
        _ = try await changes(stage, remembering: 2, to: [1, 2])
        // On a smaller host: the budget holds the current parameters, and those of the former hashes no longer.
        let account = try await stage.signedIn("alice", Self.passwords[2]).session.account
        let partition = stage.environment.partition(.account, account.bytes)
        let keys = [RecordKey(.passwords, in: partition, id: .only)]
        let costly = try PHCString(
            parsing: "$argon2id$v=19$m=1048576,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + String(repeating: "A", count: 43))
        try await stage.environment.transact(in: partition, reading: keys) {
            work, now throws(StoreError) in
            guard let record = try work.load(PasswordRecord.self) else { return }
            work.put(
                PasswordRecord(
                    account: record.account, hash: record.hash, setAt: now, previous: [.own(costly)] + record.previous,
                    random: stage.random))
        }
        var configuration = stage.gatekeeper.configuration
        configuration.hashingPool = HashingPool(.init(threads: 1, memoryBudget: 64 << 20))
        let gatekeeper = Gatekeeper(stage.environment, configuration: configuration)
        let fresh = try await stage.fresh(try await stage.signedIn("alice", Self.passwords[2]).token)
        let outcomes = [
            try await gatekeeper.changePassword(
                fresh, current: Password(Self.passwords[2]), to: Password(Self.passwords[0])),
            try await gatekeeper.changePassword(
                fresh, current: Password(Self.passwords[2]), to: Password(Self.passwords[3])),
        ]
        guard case .refused = outcomes[0], case .done = outcomes[1] else { throw Broken("\(outcomes)") }
    }
}
