// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Foundation
import Testing

/// P8: a process that signs in is killed at a random moment, on every store that outlives it.
@Suite(.serialized, .timeLimit(.minutes(60))) struct CrashTests {
    /// - Returns: How many sign-ins were acknowledged.
    static func crash(_ choice: StoreChoice, times: Int, flaw: BrokenStore.Flaw? = nil) async throws -> Int {
        let stage = try await SharedStage(choice)
        var acknowledged = 0
        for round in 0..<times {
            let name = "user\(round)"
            _ = try await stage.register(name)
            // Two at once, so that commits share a group.
            let mode = flaw?.rawValue ?? "full"
            let worker = try await stage.workers(1, "sign-in", "\(name) \(SharedStage.passwordWord) \(mode) 1000 2")[0]
            var tokens: [SessionToken] = []
            for _ in 0..<Int.random(in: 0...6) { tokens.append(try granted(try unwrap(await worker.next()))) }
            // Somewhere in the next sign-in.
            let end = ContinuousClock.now.advanced(by: .microseconds(Int.random(in: 0...3000)))
            while ContinuousClock.now < end {}
            worker.kill()
            await worker.ended()
            // A line may have been cut by the kill.
            while let line = await worker.next() { if let token = try? granted(line) { tokens.append(token) } }
            acknowledged += tokens.count
            try await examine(stage, name, tokens)
        }
        return acknowledged
    }

    static func granted(_ line: String) throws -> SessionToken {
        guard line.hasPrefix("granted "), let token = SessionToken(String(line.dropFirst(8))) else {
            throw Broken(line)
        }
        return token
    }

    /// Nothing acknowledged is lost, nothing is half there, nobody is stuck.
    static func examine(_ stage: SharedStage, _ name: String, _ tokens: [SessionToken]) async throws {
        // Another process would open the store anew.
        let survivor = try await stage.another()
        for token in tokens.suffix(SessionPolicy.seats) {
            let session = try await survivor.gatekeeper.session(for: token)
            try hold(session != nil, "an acknowledged sign-in is lost")
        }
        try await examineAccount(survivor, name)
    }

    private static func examineAccount(_ survivor: SharedStage, _ name: String) async throws {
        let status = try unwrap(try await survivor.gatekeeper.status(of: name), "the account is lost")
        let environment = survivor.gatekeeper.environment
        let partition = environment.partition(.account, status.account.bytes)
        let now = SystemWallClock().now()
        let sessions = try await environment.store.list(.sessions, in: partition, after: nil, limit: 100, at: now)
        let work = try await environment.read([RecordKey(.seats, in: partition, id: .only)], in: partition)
        let seats = try Seats.owned(by: status.account, in: work).seats
        try hold(Set(seats.map(\.id)) == Set(sessions.map(\.key.id)), "seats and sessions disagree")
        let outcome = try await survivor.signIn(name)
        try hold(outcome.isGranted, "nobody can sign in after a crash")
    }

    @Test(arguments: StoreChoice.shared)
    func nothingAcknowledgedIsLostByKillingTheProcess(_ choice: StoreChoice) async throws {
        let acknowledged = try await Self.crash(choice, times: 40)
        #expect(acknowledged > 20)
    }

    @Test(arguments: StoreChoice.shared)
    func acknowledgingBeforeWritingWouldBeCaught(_ choice: StoreChoice) async throws {
        await expectCaught(by: "is lost") { _ = try await Self.crash(choice, times: 40, flaw: .acknowledgesEarly) }
    }

    @Test(.enabled(if: RunLength.isSoak), arguments: StoreChoice.shared)
    func soakNothingAcknowledgedIsLostByKillingTheProcess(_ choice: StoreChoice) async throws {
        let times = choice.rawValue == "sqlite" ? 5000 : 500
        let acknowledged = try await Self.crash(choice, times: times)
        print("\(choice), \(times) kills of the process: \(acknowledged) acknowledged sign-ins, none lost")
    }
}
