// SPDX-License-Identifier: Apache-2.0

import Doorward
@_spi(Testing) import DoorwardPasswords
import DoorwardTesting
import Foundation
import Testing

/// P6 by the clock: the time of an answer does not tell an account from a name that nobody has.
@Suite(.serialized, .timeLimit(.minutes(30))) struct TimingRuns {
    /// Two classes of attempts in a random order, and what Welch's t makes of their times.
    ///
    /// As many names of each class as keep every one below its fifth failure; times beyond the ninetieth percentile of all
    /// are left out, which are the machine's.
    ///
    /// - Parameter extra: What the planted fault hashes besides, for known names, as a part of a hash.
    static func welch(samples: Int, extra: Double = 0) async throws -> Double {
        // A hash of a millisecond or so: dear enough to be seen, cheap enough for many.
        let parameters = try unwrap(Argon2Parameters(verifying: 1024, passes: 2, parallelism: 1))
        let stage = try await Stage()
        var configuration = stage.gatekeeper.configuration
        configuration.argon2 = parameters
        let gatekeeper = Gatekeeper(stage.environment, configuration: configuration)
        let names = samples / 2 / 4 + 1
        for number in 0..<names {
            let outcome = try await gatekeeper.register("known\(number)", password: Password(Stage.password))
            guard case .registered = outcome else { throw Broken("\(outcome)") }
        }
        let more = Argon2Parameters(verifying: max(8, Int(Double(1024) * extra)), passes: 2, parallelism: 1)
        var order = (0..<samples).map { ($0.isMultiple(of: 2), $0 / 2 % names) }
        order.shuffle()
        var times: [(isKnown: Bool, time: Double)] = []
        let wrong = Password(Stage.otherPassword)
        for (isKnown, number) in order {
            let name = "\(isKnown ? "known" : "other")\(number)"
            let begun = ContinuousClock.now
            let outcome = try await gatekeeper.signIn(name, password: wrong)
            if isKnown, extra > 0, let more {
                let input = Argon2Input(
                    parameters: more, password: Secret(copying: Stage.password.utf8),
                    salt: [UInt8](repeating: 1, count: 16),
                    pepper: nil)
                _ = try Argon2Engine.libargon2.compute(input)
            }
            let time = (ContinuousClock.now - begun) / .microseconds(1)
            try hold(outcome.isDenied, "let in")
            times.append((isKnown, time))
        }
        let cut = times.map(\.time).sorted()[times.count * 9 / 10]
        let kept = times.filter { $0.time <= cut }
        return abs(t(kept.filter(\.isKnown).map(\.time), kept.filter { !$0.isKnown }.map(\.time)))
    }

    /// Welch's t of two samples of different variance.
    private static func t(_ a: [Double], _ b: [Double]) -> Double {
        func moments(_ values: [Double]) -> (mean: Double, error: Double) {
            let count = Double(max(2, values.count))
            let mean = values.reduce(0, +) / count
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
            return (mean, variance / count)
        }
        let (first, second) = (moments(a), moments(b))
        return (first.mean - second.mean) / max(1e-9, first.error + second.error).squareRoot()
    }

    @Test(.enabled(if: RunLength.isSoak)) func soakTheTimeOfAnAnswerTellsNothing() async throws {
        var values: [Double] = []
        for _ in 0..<3 { values.append(try await Self.welch(samples: 20_000)) }
        print("Welch's t of 20,000 sign-ins with known and unknown names: \(values.map { ($0 * 100).rounded() / 100 })")
        #expect(values.count { $0 < 4.5 } >= 2)
    }

    /// The planted fault: a twentieth of a hash more for names that somebody has.
    @Test(.enabled(if: RunLength.isSoak)) func soakATwentiethOfAHashMoreWouldBeCaught() async throws {
        let value = try await Self.welch(samples: 20_000, extra: 0.05)
        print("with five per cent of a hash more for known names: \((value * 100).rounded() / 100)")
        #expect(value >= 4.5)
    }
}
