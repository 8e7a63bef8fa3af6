// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardTesting
import Glibc
import Synchronization
import Testing

@_spi(Measuring) @_spi(Testing) import DoorwardPasswords

@Suite(.timeLimit(.minutes(10))) struct PasswordHasherTests {
    private static let password = Password("correct horse battery staple")

    @Test func aHashVerifiesItsPasswordAndNoOther() async throws {
        let hasher = PasswordHasher(keys: KeyRing())
        let hash = try await hasher.hash(Self.password)
        #expect(hash.parameters == .default && hash.keyID != nil)
        #expect(try await hasher.verify(Self.password, against: hash))
        for other in [
            "correct horse battery stapl", "correct horse battery staple ", "Correct horse battery staple", "", "\0",
        ] {
            #expect(try await !hasher.verify(Password(other), against: hash))
        }
        #expect(!hasher.needsRehash(hash))
    }

    @Test func differencesAfterZeroBytesAndFarBehindCount() async throws {
        let hasher = PasswordHasher(parameters: .insecureForTesting)
        let long = String(repeating: "x", count: 1000)
        for (a, b) in [("before\0after", "before\0other"), (long + "1", long + "2")] {
            let hash = try await hasher.hash(Password(a))
            #expect(try await hasher.verify(Password(a), against: hash))
            #expect(try await !hasher.verify(Password(b), against: hash))
        }
    }

    @Test func twoSpellingsOfOneTextAreOnePassword() async throws {
        let hasher = PasswordHasher(parameters: .insecureForTesting)
        let hash = try await hasher.hash(Password("caf\u{E9} au lait \u{212B}"))
        #expect(try await hasher.verify(Password("cafe\u{301} au lait \u{C5}"), against: hash))
        // Compatibility is not sameness.
        let ligature = try await hasher.hash(Password("ﬁne"))
        #expect(try await !hasher.verify(Password("fine"), against: ligature))
    }

    @Test func thePepperIsNeededAndAnOldOneAsksForARehash() async throws {
        let oldKeys = KeySet()
        let newKeys = try #require(oldKeys.adding(activeFrom: Timestamp(seconds: 1), random: SystemRandomSource()))
        let (old, both) = (KeyRing(oldKeys), KeyRing(newKeys))
        let new = KeyRing(try #require(newKeys.removing(old.active)))
        let hash = try await PasswordHasher(parameters: .insecureForTesting, keys: old).hash(Self.password)
        let rotated = PasswordHasher(parameters: .insecureForTesting, keys: both)
        #expect(try await rotated.verify(Self.password, against: hash))
        #expect(rotated.needsRehash(hash))
        await #expect(throws: HashingError.self) {
            try await PasswordHasher(parameters: .insecureForTesting, keys: new).verify(Self.password, against: hash)
        }
    }

    @Test func weakerAndOtherVariantsVerifyAndAskForARehash() async throws {
        let hasher = PasswordHasher()
        let secret = try #require(Self.password.normalized)
        for (variant, parameters) in [
            (Argon2Variant.i, Argon2Parameters.default), (.d, .default), (.id, .insecureForTesting),
        ] {
            let salt = [UInt8](repeating: 7, count: 16)
            let tag = try Argon2Engine.libargon2.compute(
                Argon2Input(variant: variant, parameters: parameters, password: secret, salt: salt))
            let hash = PHCString(variant: variant, parameters: parameters, keyID: nil, salt: salt, tag: tag)
            #expect(try await hasher.verify(Self.password, against: hash))
            #expect(hasher.needsRehash(hash))
        }
    }

    @Test func parametersBelowTheFloorCannotBeChosen() {
        for (memory, passes) in [(19_455, 2), (19_456, 1), (47_103, 1), (7_167, 5), (8, 1)] {
            #expect(throws: Argon2ParametersError.tooWeak) {
                try Argon2Parameters(memoryKiB: memory, passes: passes, parallelism: 1)
            }
        }
        for (memory, passes) in [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5), (65_536, 3)] {
            #expect(throws: Never.self) { try Argon2Parameters(memoryKiB: memory, passes: passes, parallelism: 1) }
        }
        for (memory, passes, lanes) in [
            (2_097_153, 1, 1), (2_097_152, 9, 1), (19_456, 2, 0), (19_456, 2, 65), (.max, .max, 1),
        ] {
            #expect(throws: Argon2ParametersError.outOfRange) {
                try Argon2Parameters(memoryKiB: memory, passes: passes, parallelism: lanes)
            }
        }
    }

    @Test func aHashBeyondTheBudgetIsUnavailableAtOnce() async throws {
        let pool = HashingPool(.init(threads: 1, memoryBudget: 1 << 20))
        let hasher = PasswordHasher(pool: pool)
        let error = await #expect(throws: HashingError.self) { try await hasher.hash(Self.password) }
        #expect(error?.code == .unavailable)
    }

    /// - Parameter enforced: The budget that the pool is given instead of the promised one.
    private static func peakStaysWithin(_ budget: Int, enforced: Int) async throws -> Bool {
        let peak = Mutex((now: 0, most: 0))
        let engine = Argon2Engine("counting") { inputs throws(HashingError) in
            let cost = inputs.reduce(0) { $0 + $1.parameters.memoryBytes }
            peak.withLock {
                $0.now += cost
                $0.most = max($0.most, $0.now)
            }
            defer { peak.withLock { $0.now -= cost } }
            return try Argon2Engine.libargon2.compute(inputs)
        }
        let pool = HashingPool(.init(threads: 8, memoryBudget: enforced, queueLength: 1000), engine: engine)
        await withTaskGroup(of: Void.self) { group in
            for job in 0..<200 {
                group.addTask {
                    guard
                        let parameters = Argon2Parameters(
                            verifying: [256, 1024, 2048][job % 3], passes: 1, parallelism: 1)
                    else { return }
                    _ = try? await PasswordHasher(parameters: parameters, pool: pool).hash(Self.password)
                }
            }
        }
        return peak.withLock { $0.most } <= budget
    }

    @Test func hashesUnderWayNeverExceedTheMemoryBudget() async throws {
        // Room for two of the three sizes at once, on eight threads.
        #expect(try await Self.peakStaysWithin(3 << 20, enforced: 3 << 20))
    }

    @Test func aPoolWithoutABudgetWouldBeCaught() async throws {
        #expect(try await !Self.peakStaysWithin(3 << 20, enforced: .max))
    }

    @Test func aFullQueueIsOverloaded() async throws {
        let gate = Monitor(false)
        let engine = Argon2Engine("gated") { inputs in
            gate.wait { $0 ? () : nil }
            return inputs.map { [UInt8](repeating: 0, count: $0.tagLength) }
        }
        let pool = HashingPool(.init(threads: 1, queueLength: 4), engine: engine)
        let places = try (0..<4).map { _ in try pool.admit() }
        let error = #expect(throws: HashingError.self) { try pool.admit() }
        #expect(error?.code == .overloaded)
        places.forEach { $0.release() }
        gate.update { $0 = true }
        #expect(throws: Never.self) { try pool.admit() }
    }
}
