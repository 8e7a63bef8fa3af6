// SPDX-License-Identifier: Apache-2.0

import CArgon2Flawed
import CArgon2SIMD
import DoorwardCore
import DoorwardTesting
import Foundation
import Synchronization
import Testing

@_spi(Measuring) @testable import DoorwardPasswords

/// Our own Argon2 gives the tags of libargon2, or is not used.
@Suite(.timeLimit(.minutes(30))) struct KernelTests {
    static let kernels = Argon2Kernel.allCases.filter(\.isSupported)

    /// Inputs of every shape: variants, lanes, passes, lengths, one to three together.
    static func inputs(_ random: inout any RandomNumberGenerator) throws -> [Argon2Input] {
        let lanes = Int.random(in: 1...6, using: &random)
        let parameters = try #require(
            Argon2Parameters(
                verifying: 8 * lanes + Int.random(in: 0...48, using: &random),
                passes: Int.random(in: 1...3, using: &random), parallelism: lanes))
        let variant = try #require(Argon2Variant.allCases.randomElement(using: &random))
        let tagLength = Int.random(in: 4...130, using: &random)
        func bytes(_ count: ClosedRange<Int>) -> [UInt8] {
            (0..<Int.random(in: count, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        return (0..<Int.random(in: 1...3, using: &random)).map { _ in
            Argon2Input(
                variant: variant, parameters: parameters, password: Secret(copying: bytes(0...200)),
                salt: bytes(8...64), pepper: Bool.random(using: &random) ? Secret(copying: bytes(0...64)) : nil,
                associatedData: bytes(0...64), tagLength: tagLength)
        }
    }

    /// - Returns: How many tags were compared.
    static func compare(_ kernel: Argon2Kernel, rounds: Int, seed: UInt64) throws -> Int {
        var random: any RandomNumberGenerator = SeededRandomSource(seed: seed)
        let engine = kernel.engine()
        var count = 0
        for _ in 0..<rounds {
            let inputs = try Self.inputs(&random)
            let expected = try Argon2Engine.libargon2.compute(inputs)
            let tags = try engine.compute(inputs)
            #expect(tags == expected, "\(kernel): \(inputs[0].variant) \(inputs[0].parameters) × \(inputs.count)")
            count += tags.count
        }
        return count
    }

    @Test(arguments: kernels) func everyKernelGivesTheTagsOfLibargon2(_ kernel: Argon2Kernel) throws {
        #expect(try Self.compare(kernel, rounds: 700, seed: 9106) >= 1000)
    }

    @Test(arguments: kernels) func longSegmentsNeedNewAddressesAndManyLanesGoInTurns(_ kernel: Argon2Kernel) throws {
        for (memory, passes, lanes) in [(4096, 1, 1), (1300, 2, 1), (5000, 1, 9), (1024, 2, 64)] {
            let parameters = try #require(Argon2Parameters(verifying: memory, passes: passes, parallelism: lanes))
            for variant in Argon2Variant.allCases {
                let input = Argon2Input(
                    variant: variant, parameters: parameters, password: Secret(copying: Array("password".utf8)),
                    salt: Array("somesalt".utf8))
                #expect(try kernel.engine().compute(input) == Argon2Engine.libargon2.compute(input))
            }
        }
    }

    /// Another library's tags of every shape, from one run of its own language.
    @Test(.enabled(if: Tool.isExpected("python3"))) func everyKernelGivesTheTagsOfArgon2Cffi() async throws {
        // Debian's own Python, which has Debian's own package.
        let debians = "/usr/bin/python3"
        let python = FileManager.default.isExecutableFile(atPath: debians) ? debians : "python3"
        let program = """
            import argon2.low_level as a, random
            random.seed(9106)
            for n in range(300):
                p, t, l, v = random.randint(1, 6), random.randint(1, 3), random.randint(4, 130), random.randint(0, 2)
                m = 8 * p + random.choice([random.randint(0, 60), random.randint(1000, 3000)])
                password, salt = random.randbytes(random.randint(0, 200)), random.randbytes(random.randint(8, 64))
                tag = a.hash_secret_raw(password, salt, t, m, p, l, a.Type(v), 19)
                print(v, m, t, p, password.hex() or "-", salt.hex(), tag.hex())
            """
        let made = try await Tool.run(python, ["-c", program], input: nil)
        guard made.status == 0 else {
            #expect(ProcessInfo.processInfo.environment["CI"] != "true", "argon2-cffi is not installed")
            return
        }
        var compared = 0
        for line in made.output.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            let numbers = words.prefix(4).compactMap { Int($0) }
            try #require(words.count == 7 && numbers.count == 4)
            let tag = try #require(Hex.decode(words[6]))
            let input = Argon2Input(
                variant: [.d, .i, .id][numbers[0]],
                parameters: try #require(
                    Argon2Parameters(verifying: numbers[1], passes: numbers[2], parallelism: numbers[3])),
                password: Secret(copying: words[4] == "-" ? [] : try #require(Hex.decode(words[4]))),
                salt: try #require(Hex.decode(words[5])), tagLength: tag.count)
            for kernel in Self.kernels {
                #expect(try kernel.engine().compute(input) == tag, "\(kernel): \(line)")
                compared += 1
            }
        }
        #expect(compared == 300 * Self.kernels.count)
    }

    /// The planted fault: a last rotation by 62 in place of 63.
    @Test(arguments: kernels) func aWrongRotationIsNoticedAndLibargon2TakesTheKernelsPlace(_ kernel: Argon2Kernel)
        throws
    {
        let engine = Argon2Engine.choose(from: [kernel], isOptimized: true) {
            unsafe $0.engine(by: doorward_flawed_argon2)
        }
        #expect(engine.name == "libargon2" && engine.rejected == [kernel.name])
        // The next best takes the place of one that is not trusted.
        let next = Argon2Engine.choose(from: [kernel, .portable], isOptimized: true) {
            $0 == kernel && kernel != .portable ? unsafe $0.engine(by: doorward_flawed_argon2) : $0.engine()
        }
        #expect(next.name == "portable" && next.rejected == (kernel == .portable ? [] : [kernel.name]))
    }

    /// Faults that the RFC's vectors do not show: one person's tag for another's password, and long segments.
    @Test func crosstalkAndFaultsOfLargeCostsAreNoticed() {
        let kernel = Argon2Kernel.portable
        let crosstalk = Argon2Engine.choose(from: [kernel], isOptimized: true) { _ in
            Argon2Engine("crosstalk") { inputs throws(HashingError) in
                let tags = try kernel.engine().compute(inputs)
                return tags.map { _ in tags[0] }
            }
        }
        #expect(crosstalk.name == "libargon2" && crosstalk.rejected == ["portable"])
        let large = Argon2Engine.choose(from: [kernel], isOptimized: true) { _ in
            Argon2Engine("large") { inputs throws(HashingError) in
                let tags = try kernel.engine().compute(inputs)
                return inputs[0].parameters.memoryKiB < 1024 ? tags : tags.map { $0.reversed() }
            }
        }
        #expect(large.rejected == ["portable"])
        // Without memory nobody knows; that is no fault of the kernel's.
        let poor = Argon2Engine.choose(from: [kernel], isOptimized: true) { _ in
            Argon2Engine("poor") { _ throws(HashingError) in throw HashingError(.unavailable, "no memory") }
        }
        #expect(poor.name == "libargon2" && poor.rejected.isEmpty)
    }

    @Test func theQuickestThatCanBeTrustedIsChosen() throws {
        let engine = Argon2Engine.choose(from: [.avx512, .avx2, .portable], isOptimized: true)
        #expect(engine.rejected.isEmpty && engine.name == Self.kernels.last?.name)
        #expect(Argon2Engine.choose(from: [.portable], isOptimized: false).name == "libargon2")
        #expect(HashingPool(engine: .libargon2).engine.name == "libargon2")
    }

    @Test func costsThatAreNoneAndMemoryThatIsNotAlignedAreRefused() throws {
        var bytes = [UInt8](repeating: 0, count: 64 * 1024 + 64)
        func status(_ cost: doorward_argon2_cost, at offset: Int, kernel: Int32 = 0) -> Int32 {
            unsafe bytes.withUnsafeMutableBufferPointer { memory in
                guard let base = memory.baseAddress else { return 1 }
                let aligned = (64 - Int(bitPattern: base) % 64) % 64
                var tag = [UInt8](repeating: 0, count: 64)
                return unsafe tag.withUnsafeMutableBufferPointer { tag in
                    var hash = unsafe doorward_argon2_hash()
                    unsafe hash.memory = base + aligned + offset
                    unsafe hash.tag = tag.baseAddress
                    return unsafe doorward_argon2(cost, &hash, 1, kernel)
                }
            }
        }
        let good = doorward_argon2_cost(type: 2, memory: 32, passes: 1, lanes: 1, tag_length: 32)
        #expect(status(good, at: 0) == 0)
        #expect(status(good, at: 8) == -1)
        #expect(status(good, at: 0, kernel: 9) == -1)
        for change: (inout doorward_argon2_cost) -> Void in [
            { $0.type = 3 }, { $0.memory = 7 }, { $0.passes = 0 }, { $0.lanes = 0 }, { $0.lanes = 5 },
            { $0.tag_length = 3 }, { $0.lanes = .max },
        ] {
            var cost = good
            change(&cost)
            #expect(status(cost, at: 0) == -1)
            #expect(doorward_argon2_memory_size(cost) == 0)
        }
    }

    @Test func arenasAreReusedWipedAndGivenUp() throws {
        let shelf = ArenaShelf()
        func isWiped(_ arena: Arena) -> Bool {
            unsafe UnsafeBufferPointer(start: arena.base, count: arena.size).allSatisfy { $0 == 0 }
        }
        let first = try #require(shelf.take(6 << 20))
        unsafe first.base.update(repeating: 0xAA, count: 6 << 20)
        #expect(unsafe Int(bitPattern: first.base) % (2 << 20) == 0)
        shelf.give(first)
        #expect(shelf.idleBytes == 6 << 20)
        #expect(shelf.tidy(at: ContinuousClock.now.advanced(by: ArenaShelf.wipingDelay)))
        let again = try #require(shelf.take(6 << 20))
        #expect(again === first && isWiped(again))
        shelf.give(again)
        // Another size gives up what waits, and so does time.
        let other = try #require(shelf.take(5 << 20))
        #expect(shelf.idleBytes == 0)
        shelf.give(other)
        #expect(shelf.tidy(at: ContinuousClock.now) && shelf.idleBytes == 5 << 20)
        #expect(!shelf.tidy(at: ContinuousClock.now.advanced(by: ArenaShelf.patience)) && shelf.idleBytes == 0)
        shelf.give(try #require(shelf.take(5 << 20)))
        shelf.clear()
        #expect(shelf.idleBytes == 0)
        // What is small is mapped quickly, and does not wait.
        shelf.give(try #require(shelf.take(64 << 10)))
        #expect(shelf.idleBytes == 0)
    }

    /// Memory comes with what the hash before left in it.
    @Test(arguments: kernels) func memoryOfAnyContentGivesTheSameTags(_ kernel: Argon2Kernel) throws {
        let engine = kernel.engine()
        func input(_ password: String, _ passes: Int, _ lanes: Int) throws -> Argon2Input {
            Argon2Input(
                parameters: try #require(Argon2Parameters(verifying: 5000, passes: passes, parallelism: lanes)),
                password: Secret(copying: Array(password.utf8)), salt: [UInt8](repeating: 7, count: 16))
        }
        for (passes, lanes) in [(1, 1), (2, 1), (1, 4), (3, 3)] {
            _ = try engine.compute(input("somebody", 1, lanes))
            let next = try input("somebody else", passes, lanes)
            #expect(try engine.compute(next) == Argon2Engine.libargon2.compute(next))
        }
    }

    @Test func anArenaThatCannotBeHadIsUnavailable() {
        #expect(Arena(size: 0) == nil && Arena(size: .max) == nil && Arena(size: 1 << 50) == nil)
        #expect(ArenaShelf().take(1 << 50) == nil)
    }

    /// What came together, and in which order.
    private final class Spy: Sendable {
        let batches = Mutex<[[Int]]>([])
        var engine: Argon2Engine {
            Argon2Engine("spy", takesPairs: true) { inputs throws(HashingError) in
                self.batches.withLock { $0.append(inputs.map(\.parameters.memoryKiB)) }
                return inputs.map { [UInt8](repeating: UInt8($0.parameters.memoryKiB / 8), count: $0.tagLength) }
            }
        }
    }

    private static func job(_ size: Int, tagLength: Int = 32) throws -> HashingJob {
        let parameters = try #require(Argon2Parameters(verifying: size, passes: 1, parallelism: 1))
        return .argon2(
            Argon2Input(
                parameters: parameters, password: Secret(copying: [1]), salt: [UInt8](repeating: 0, count: 16),
                tagLength: tagLength))
    }

    @Test func onlyWhatIsAlikeIsComputedTogetherAndEachGetsItsOwnTag() throws {
        let spy = Spy()
        let batches = [[try Self.job(8)], [try Self.job(16), try Self.job(16)]]
        #expect(try Self.job(16).isLike(Self.job(16)))
        #expect(try !Self.job(8).isLike(Self.job(16)) && !Self.job(8).isLike(Self.job(8, tagLength: 16)))
        for batch in batches {
            let tags = try HashingJob.compute(batch, by: spy.engine).map { try $0.get() }
            for (tag, job) in zip(tags, batch) {
                guard case .argon2(let input) = job else { return }
                let expected = [UInt8](repeating: UInt8(input.parameters.memoryKiB / 8), count: input.tagLength)
                #expect(tag == expected)
            }
        }
        #expect(spy.batches.withLock { $0 } == [[8], [16, 16]])
    }

    @Test func aStormGoesInPairsAndNobodyIsLost() async throws {
        let spy = Spy()
        let pool = HashingPool(.init(threads: 2, deadline: .seconds(120)), engine: spy.engine)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    let tag = try await pool.compute(try Self.job(16), in: pool.admit())
                    #expect(tag == [UInt8](repeating: 2, count: 32))
                }
            }
            for size in [8, 24, 32, 40] {
                group.addTask { _ = try await pool.compute(try Self.job(size), in: pool.admit()) }
            }
            try await group.waitForAll()
        }
        #expect(spy.batches.withLock { $0.allSatisfy { Set($0).count == 1 } })
        let sizes = spy.batches.withLock { $0.filter { $0[0] == 16 }.map(\.count) }
        #expect(sizes.reduce(0, +) == 200 && sizes.allSatisfy { $0 <= 2 } && sizes.contains(2))
    }

    /// One that fails together is tried by itself.
    @Test func aPairThatCannotBeHadTogetherIsComputedInTurn() throws {
        let engine = Argon2Engine("small") { inputs throws(HashingError) in
            guard inputs.count == 1 else { throw HashingError(.unavailable, "no memory for two") }
            return [[UInt8](repeating: 7, count: 32)]
        }
        let tags = try HashingJob.compute([Self.job(8), Self.job(8)], by: engine).map { try $0.get() }
        #expect(tags == [[UInt8](repeating: 7, count: 32), [UInt8](repeating: 7, count: 32)])
    }
}
