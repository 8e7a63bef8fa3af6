// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Synchronization
import Testing

/// The audit log: no answer without its record, whoever writes beside, whatever fails.
@Suite(.timeLimit(.minutes(10))) struct AuditTests {
    /// Eight services, each with a chain of its own, sign people in at once.
    static func eightWriters(
        _ choice: StoreChoice, rounds: Int = 12, meddle: (Stage) async throws -> Void = { _ in }
    ) async throws {
        let stage = try await Stage(choice, deadline: .seconds(120))
        let writers = try (0..<8).map { number in
            var configuration = stage.gatekeeper.configuration
            configuration.auditChain = try unwrap(AuditChain("web-\(number)"))
            return Gatekeeper(stage.environment, configuration: configuration)
        }
        for number in 0..<8 { _ = try await stage.register("person\(number)") }
        _ = try await inParallel(8) { number in
            for round in 0..<rounds {
                let password = round % 3 == 2 ? Stage.otherPassword : Stage.password
                _ = try await writers[number].signIn("person\(number)", password: Password(password))
            }
        }
        try await meddle(stage)
        let reader = AuditReader(stage.environment)
        let verdict = try await reader.verify()
        try hold(verdict.isIntact, "the chains are not whole: \(verdict.faults)")
        try hold(verdict.chains == 8, "\(verdict.chains) chains")
        // Two events a sign-in, one a failure.
        let expected = 8 * (rounds - rounds / 3) * 2 + 8 * (rounds / 3)
        try hold(verdict.entries == expected, "\(verdict.entries) of \(expected) records")
        let tail = try await reader.tail(1000)
        try hold(tail.count == expected, "\(tail.count) shown")
        try hold(zip(tail, tail.dropFirst()).allSatisfy { $0.event.at <= $1.event.at }, "not in the order of time")
        let last = try await reader.tail(5)
        try hold(last == tail.suffix(5), "another end")
    }

    @Test(arguments: StoreChoice.allCases)
    func eightWritersLeaveEightWholeChains(_ choice: StoreChoice) async throws { try await Self.eightWriters(choice) }

    /// The planted fault: somebody deletes a record.
    @Test(arguments: StoreChoice.allCases)
    func aRecordThatIsDeletedInTheStoreWouldBeCaught(_ choice: StoreChoice) async throws {
        await expectCaught(by: "the chains are not whole") {
            try await Self.eightWriters(choice) { stage in
                let victim = try unwrap(
                    try await stage.store.scan(after: nil, limit: 1000).last { $0.key.kind == .auditEntries })
                _ = try await stage.store.commit(
                    CommitID(from: stage.random), [.remove(victim.key, at: victim.version)], at: stage.clock.now())
            }
        }
    }

    /// No verdict leaves before its record is in the store.
    static func noAnswerWithoutItsRecord(wrap: @Sendable (any AuthStore) -> any AuthStore) async throws {
        let stage = try await Stage(retry: .brief)
        _ = try await stage.register()
        var configuration = stage.gatekeeper.configuration
        configuration.auditChain = AuditChain("web-1")
        let books = Books(base: wrap(stage.store))
        let gatekeeper = Gatekeeper(
            try await stage.reopened({ _ in books }, retry: .brief), configuration: configuration)
        let reader = AuditReader(stage.environment)
        for password in [Stage.password, Stage.otherPassword] {
            _ = try await gatekeeper.signIn("alice", password: Password(password))
            let name: SecurityEvent.Name = password == Stage.password ? .sessionCreated : .loginFailed
            let last = try await reader.tail(1).last
            try hold(last?.event.name == name, "the answer left before its record: \(last.map { "\($0)" } ?? "none")")
        }
        // Where nothing can be recorded there is no answer, neither way.
        books.isFull.store(true, ordering: .sequentiallyConsistent)
        for password in [Stage.password, Stage.otherPassword] {
            do throws(GatekeeperError) {
                let outcome = try await gatekeeper.signIn("alice", password: Password(password))
                throw GatekeeperError(.cancelled, "answered without a record: \(outcome.word)")
            } catch {
                try hold(error.code == .unavailable, "\(error)")
            }
        }
        // Session checks report nothing, and go on.
        let token = try await stage.signedIn().token
        _ = try unwrap(try await gatekeeper.session(for: token))
        books.isFull.store(false, ordering: .sequentiallyConsistent)
        let granted = try await gatekeeper.signIn("alice", password: Password(Stage.password))
        try hold(granted.isGranted, "stuck afterwards")
        let verdict = try await reader.verify()
        try hold(verdict.isIntact, "\(verdict.faults)")
    }

    @Test func noAnswerLeavesWithoutItsRecord() async throws { try await Self.noAnswerWithoutItsRecord { $0 } }

    /// The planted fault: the record is dropped, and taken for written.
    @Test func aStoreThatDropsRecordsWouldBeCaught() async throws {
        struct Dropping: StoreWrapper {
            let base: any AuthStore
            func commit(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp) async throws(StoreError)
                -> CommitOutcome
            {
                if changes.contains(where: { $0.key.kind == .auditEntries }) { return .committed }
                return try await base.commit(id, changes, at: now)
            }
        }
        await expectCaught(by: "the answer left before its record") {
            try await Self.noAnswerWithoutItsRecord { Dropping(base: $0) }
        }
    }

    /// P4 and P6 hold with a log as without.
    @Test(arguments: FaultyStore.Fault.allCases)
    func everyFaultFailsClosedWithALogToo(_ fault: FaultyStore.Fault) async throws {
        let flows = FaultTests.flows.filter {
            ["sign in", "sign in with a wrong password", "finish with a code", "change the password"]
                .contains($0.description)
        }
        #expect(flows.count == 4)
        for flow in flows {
            #expect(try await FaultTests.enumerate(flow, .memory, fault, auditChain: AuditChain("web-1")) > 0)
        }
    }

    /// An event of every flow, with its source, and never a secret or a name.
    @Test func eventsSayWhenWhoWhatAndWhereAndNoName() async throws {
        let stage = try await Stage()
        var configuration = stage.gatekeeper.configuration
        configuration.auditChain = AuditChain("web-1")
        let gatekeeper = Gatekeeper(stage.environment, configuration: configuration)
        let address = try #require(ClientAddress("192.0.2.9"))
        _ = try await gatekeeper.register(
            "alice-in-chains", password: Password(Stage.password), from: .address(address))
        _ = try await gatekeeper.signIn(
            "alice-in-chains", password: Password(Stage.password), from: .address(address))
        _ = try await gatekeeper.signIn("nobody-at-all", password: Password(Stage.password), from: .address(address))
        let tail = try await gatekeeper.auditReader.tail(100)
        #expect(tail.map(\.event.name) == [.userCreated, .loginSucceeded, .sessionCreated, .loginFailed])
        #expect(tail.allSatisfy { $0.event.source == address && $0.event.account != nil })
        for record in try await stage.store.scan(after: nil, limit: 1000) where record.key.kind == .auditEntries {
            let text = String(decoding: record.value, as: UTF8.self)
            for word in ["alice", "nobody", Stage.password] { #expect(!text.contains(word)) }
        }
    }

    /// What there was no answer to is recorded behind it.
    @Test func faultsAreRecordedToo() async throws {
        let stage = try await Stage(queueLength: 1)
        _ = try await stage.register()
        var configuration = stage.gatekeeper.configuration
        configuration.auditChain = AuditChain("web-1")
        let gatekeeper = Gatekeeper(stage.environment, configuration: configuration)
        let outcomes = await inParallelResults(64) { _ in
            try await gatekeeper.signIn("alice", password: Password(Stage.password))
        }
        let overloaded = outcomes.count { if case .failure = $0 { true } else { false } }
        await gatekeeper.finishSending()
        let recorded = try await gatekeeper.auditReader.tail(1000).count { $0.event.name == .rateExceeded }
        #expect(overloaded > 0 && recorded == overloaded)
    }
}

/// A store that takes no records of the log while it is full.
private final class Books: StoreWrapper {
    let base: any AuthStore
    let isFull = Atomic<Bool>(false)
    init(base: any AuthStore) { self.base = base }

    func commit(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp) async throws(StoreError) -> CommitOutcome
    {
        if isFull.load(ordering: .sequentiallyConsistent), changes.contains(where: { $0.key.kind == .auditEntries }) {
            throw StoreError(.unavailable, "full")
        }
        return try await base.commit(id, changes, at: now)
    }
}
