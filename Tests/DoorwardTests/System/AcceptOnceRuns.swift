// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Foundation
import Testing

/// How far a run goes.
enum RunLength {
    /// `make soak`.
    static let isSoak = ProcessInfo.processInfo.environment["DOORWARD_SOAK"] != nil
}

/// P1 over processes: eight are offered everything that is good for once, on every store that they can share.
@Suite(.serialized, .timeLimit(.minutes(60))) struct AcceptOnceRuns {
    enum Artefact: String, CaseIterable, Sendable {
        case hotp, totp, recoveryCode, pendingSignIn
    }

    /// Offers one item after the other to eight processes; one of each is accepted.
    static func run(_ choice: StoreChoice, _ artefact: Artefact, items: Int, flaw: BrokenStore.Flaw? = nil)
        async throws
    {
        let stage = try await SharedStage(choice)
        let workers = try await stage.workers(8, "accept-once", flaw?.rawValue ?? "honest")
        for item in 0..<items {
            for (worker, line) in zip(workers, try await lines(artefact, item, stage)) { worker.send(line) }
            var accepted = 0
            for worker in workers {
                let verdict = try unwrap(await worker.next(), "a worker died")
                try hold(!verdict.hasPrefix("error"), verdict)
                if verdict == "accepted" { accepted += 1 }
            }
            try hold(accepted == 1, "item \(item): \(accepted) of 8 processes accepted the \(artefact)")
        }
    }

    /// What the eight are offered.
    private static func lines(_ artefact: Artefact, _ item: Int, _ stage: SharedStage) async throws -> [String] {
        let environment = stage.gatekeeper.environment
        func same(_ line: String) -> [String] { Array(repeating: line, count: 8) }
        switch artefact {
        case .hotp, .totp:
            let account = AccountID(from: SystemRandomSource())
            let device = try await device(artefact == .hotp ? .hotp(counter: 0) : .totp(period: 30), account, stage)
            // The confirmation took the code before. The next step's is good whether this one ends meanwhile or not.
            let next = SystemWallClock().now().advanced(by: .seconds(30))
            let code = artefact == .hotp ? device.code(counter: 1) : device.code(at: next)
            return same("code \(account) \(code)")
        case .recoveryCode:
            let account = AccountID(from: SystemRandomSource())
            let codes = try await RecoveryCodeService(environment).generate(for: account)
            return same("recovery \(account) \(codes[item % codes.count].revealed())")
        case .pendingSignIn:
            let name = "user\(item)"
            _ = try await stage.register(name)
            let gatekeeper = stage.gatekeeper
            let token = try await stage.signIn(name).granted().token
            guard case .fresh(let fresh) = try await gatekeeper.freshAuthentication(of: token) else {
                throw Broken("not fresh")
            }
            let device = VirtualAuthenticator(
                try await gatekeeper.beginEnrollment(fresh, settings: .init(type: .hotp(counter: 0))).done())
            let confirmed = try await gatekeeper.confirm(token, device.id, code: device.code(counter: 0)).done()
            guard case .fresh(let again) = try await gatekeeper.freshAuthentication(of: confirmed.token) else {
                throw Broken("not fresh")
            }
            let codes = try await gatekeeper.generateRecoveryCodes(again).done().codes
            let pending = try await stage.signIn(name).pending()
            // Each process has a code of its own, so that only the pending sign-in decides.
            return codes.prefix(8).map { "pending \(pending.token.revealed()) \($0.revealed())" }
        }
    }

    private static func device(_ type: OneTimePasswordType, _ account: AccountID, _ stage: SharedStage)
        async throws -> VirtualAuthenticator
    {
        let service = AuthenticatorService(stage.gatekeeper.environment, issuer: "Test")
        guard
            case .success(let enrollment) = try await service.beginEnrollment(
                for: account, accountName: "alice", settings: .init(type: type))
        else { throw Broken("not enrolled") }
        let device = VirtualAuthenticator(enrollment)
        var code = device.code(counter: 0)
        if case .totp = type { code = device.code(at: SystemWallClock().now()) }
        guard case .accepted = try await service.confirm(device.id, for: account, by: code) else {
            throw Broken("not confirmed")
        }
        return device
    }

    @Test(arguments: StoreChoice.shared, Artefact.allCases)
    func oneOfEightProcessesIsAccepted(_ choice: StoreChoice, _ artefact: Artefact) async throws {
        try await Self.run(choice, artefact, items: 40)
    }

    @Test(.enabled(if: RunLength.isSoak), arguments: StoreChoice.shared, Artefact.allCases)
    func soakOneOfEightProcessesIsAccepted(_ choice: StoreChoice, _ artefact: Artefact) async throws {
        let start = ContinuousClock.now
        try await Self.run(choice, artefact, items: 2000)
        print("\(choice), 8 processes × 2000 \(artefact): one accepted each time, \(ContinuousClock.now - start)")
    }

    @Test(arguments: StoreChoice.shared, Artefact.allCases)
    func readThenWriteWouldBeCaughtAcrossProcesses(_ choice: StoreChoice, _ artefact: Artefact) async throws {
        await expectCaught(by: "of 8 processes accepted the") {
            try await Self.run(choice, artefact, items: 200, flaw: .checksThenActs)
        }
    }
}
