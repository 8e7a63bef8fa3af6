// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Testing

/// Devices whose clocks and counters have moved, and accounts with several of them.
@Suite(.timeLimit(.minutes(5))) struct AuthenticatorTests {
    private func finish(_ stage: Stage, _ answer: PendingAnswer) async throws -> SignInOutcome {
        try await stage.gatekeeper.finish(stage.signIn().pending().token, with: answer)
    }

    @Test(arguments: StoreChoice.allCases)
    func aSlowClockIsLearntUpToTwoSteps(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let (_, device) = try await stage.enrolled()
        func code(_ steps: Int) -> PendingAnswer {
            .code(device.code(at: stage.clock.now().advanced(by: .seconds(30 * steps))))
        }
        stage.clock.advance(by: .seconds(600))
        _ = try await finish(stage, code(-2)).denied()
        _ = try await finish(stage, code(-1)).granted()
        stage.clock.advance(by: .seconds(600))
        // It is known to be a step behind now.
        _ = try await finish(stage, code(2)).denied()
        _ = try await finish(stage, code(-2)).granted()
        stage.clock.advance(by: .seconds(600))
        // Never beyond two steps, however long it goes on.
        _ = try await finish(stage, code(-3)).denied()
        // What was good before anything was learnt still is.
        _ = try await finish(stage, code(1)).granted()
    }

    @Test(arguments: StoreChoice.allCases)
    func aDeviceThatWasPressedALotIsFoundAgainDuringASignIn(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let (token, device) = try await stage.enrolledHOTP()
        _ = try await finish(stage, .code(device.code(counter: 200))).denied()
        _ = try await finish(stage, .resynchronization(device.code(counter: 200), device.code(counter: 202))).denied()
        let pair = PendingAnswer.resynchronization(device.code(counter: 200), device.code(counter: 201))
        let signedIn = try await finish(stage, pair).granted()
        #expect(signedIn.session.level == .aal2)
        _ = try await finish(stage, pair).denied()
        _ = try await finish(stage, .code(device.code(counter: 201))).denied()
        _ = try await finish(stage, .code(device.code(counter: 202))).granted()
        // And from a session whose password was just shown, which opens nothing.
        let found = try await stage.gatekeeper.resynchronize(
            token, device.id, device.code(counter: 400), device.code(counter: 401)
        ).done()
        #expect(found.type == .hotp(counter: 402))
        _ = try await finish(stage, .code(device.code(counter: 402))).granted()
        stage.clock.advance(by: .seconds(300))
        guard
            case .reauthenticationRequired = try await stage.gatekeeper.resynchronize(
                token, device.id, device.code(counter: 500), device.code(counter: 501))
        else { throw Broken("a session alone is enough to guess codes") }
    }

    @Test(arguments: StoreChoice.allCases)
    func pairsOfCodesCountAsGuesses(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let (token, device) = try await stage.enrolledHOTP()
        for guess in 0..<5 {
            let denial = try await stage.gatekeeper.resynchronize(token, device.id, "00000\(guess)", "000000")
            guard case .denied = denial else { throw Broken("a wrong pair was taken") }
        }
        guard
            case .denied(let denial) = try await stage.gatekeeper.resynchronize(
                token, device.id, device.code(counter: 20), device.code(counter: 21))
        else { throw Broken("a pair was looked at under a lock") }
        #expect(denial.retryAfter != nil)
    }

    @Test(arguments: StoreChoice.allCases)
    func aPairIsAcceptedOnce(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let (token, device) = try await stage.enrolledHOTP()
        let accepted = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let outcome = try await stage.gatekeeper.resynchronize(
                        token, device.id, device.code(counter: 100), device.code(counter: 101))
                    if case .done = outcome { return true }
                    return false
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(accepted == 1)
    }

    @Test(arguments: StoreChoice.allCases)
    func everyOneOfFiveDevicesSignsInAndIsSpentByItself(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        var (token, first) = try await stage.enrolled()
        var devices = [first]
        for number in 2...5 {
            let settings = AuthenticatorSettings(label: "device \(number)")
            let enrollment = try await stage.gatekeeper.beginEnrollment(stage.fresh(token), settings: settings).done()
            first = VirtualAuthenticator(enrollment)
            token = try await stage.gatekeeper.confirm(
                token, first.id, code: first.code(at: stage.clock.now())
            ).done().token
            devices.append(first)
        }
        guard case .refused(let why) = try await stage.gatekeeper.beginEnrollment(stage.fresh(token)) else {
            throw Broken("a sixth device")
        }
        #expect(why.count == 1)
        stage.clock.advance(by: .seconds(60))
        for device in devices {
            let code = PendingAnswer.code(device.code(at: stage.clock.now()))
            _ = try await finish(stage, code).granted()
            _ = try await finish(stage, code).denied()
        }
        let labels = try await stage.gatekeeper.authenticators(of: token)?.map(\.label)
        #expect(labels == ["", "device 2", "device 3", "device 4", "device 5"])
    }
}
