// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

/// The costliest parameters that a machine can bear at a wanted rate of sign-ins.
///
/// Hashing takes half of the processors' time at that rate, so that bursts and everything else have the other half; no
/// hash takes longer than a second; and as many hashes at once as there are threads fit into the memory that hashing may use. Never
/// below OWASP's floor: where that is too much for the rate, ``meetsRate`` says so.
public struct HashingCalibration: Hashable, Sendable {
    public let parameters: Argon2Parameters
    /// How long one hash takes while all threads hash.
    public let duration: Duration
    /// How many sign-ins a second take half of the processors' time.
    public let signInsPerSecond: Double
    /// Whether that is what was wanted.
    public let meetsRate: Bool
    /// What hashing may take of the memory, in bytes.
    public let memoryBudget: Int
    public let threads: Int

    private static let share = 0.5
    private static let longest = 1.0
    private static let passes = 2

    /// Measures this machine, in a few seconds.
    ///
    /// - Parameters:
    ///   - rate: Wanted sign-ins a second, in the busiest hour.
    ///   - memoryBudget: Bytes for hashing; as the pool's default if not said.
    ///   - progress: Told the parameters that are measured.
    /// - Throws: ``HashingError`` if not even the floor can be computed here.
    public static func measure(
        signInsPerSecond rate: Double, memoryBudget: Int? = nil, limits: HostLimits = .current,
        engine: Argon2Engine = .automatic, progress: (Argon2Parameters) -> Void = { _ in }
    ) async throws(HashingError) -> HashingCalibration {
        let budget = memoryBudget ?? limits.hashingBudget
        let pool = HashingPool(
            .init(threads: limits.threads, memoryBudget: budget, deadline: .seconds(600)), engine: engine)
        return try await choose(signInsPerSecond: rate, memoryBudget: budget, limits: limits) {
            parameters async throws(HashingError) in
            progress(parameters)
            return try await measure(parameters, on: pool, threads: limits.threads)
        }
    }

    /// - Parameter measure: Says how long a hash takes while all threads hash.
    package static func choose(
        signInsPerSecond rate: Double, memoryBudget: Int, limits: HostLimits,
        measure: (Argon2Parameters) async throws(HashingError) -> Duration
    ) async throws(HashingError) -> HashingCalibration {
        let rate = rate.isFinite && rate > 0 ? rate : 1
        func calibration(_ parameters: Argon2Parameters, _ duration: Duration) -> HashingCalibration {
            // A container's share of a processor is spread over whole threads, so it is in the measured time already.
            let capacity = Double(limits.threads) * share / max(seconds(duration), 1e-6)
            return HashingCalibration(
                parameters: parameters, duration: duration, signInsPerSecond: capacity, meetsRate: capacity >= rate,
                memoryBudget: memoryBudget, threads: limits.threads)
        }
        let first = calibration(.default, try await measure(.default))
        guard first.meetsRate else { return first }
        // Time grows with memory × passes, a little faster where caches end: so what is chosen is measured, and made
        // smaller until it holds.
        let time = min(longest, Double(limits.threads) * share / rate)
        let fitting = Double(memoryBudget / 1024 / limits.threads)
        var memory = min(
            Double(Argon2Parameters.default.memoryKiB) * time / max(seconds(first.duration), 1e-6), fitting, 2_097_152)
        while memory > Double(Argon2Parameters.default.memoryKiB) * 1.05 {
            // Whole MiB, which people can read.
            guard
                let parameters = try? Argon2Parameters(
                    memoryKiB: Int(memory) / 1024 * 1024, passes: passes, parallelism: 1)
            else { break }
            let tried = calibration(parameters, try await measure(parameters))
            if tried.meetsRate, seconds(tried.duration) <= longest * 1.05 { return tried }
            memory *= 0.9
        }
        return first
    }

    /// The median of three rounds in which every thread makes one hash.
    private static func measure(_ parameters: Argon2Parameters, on pool: HashingPool, threads: Int)
        async throws(HashingError) -> Duration
    {
        let input = Argon2Input(
            parameters: parameters, password: Secret(copying: [0x30]), salt: [UInt8](repeating: 0, count: 16))
        var times: [Duration] = []
        for round in 0..<4 {
            let start = ContinuousClock.now
            let results = await withTaskGroup(of: Result<[UInt8], HashingError>.self) { group in
                for _ in 0..<threads {
                    group.addTask {
                        do throws(HashingError) {
                            return .success(try await pool.compute(.argon2(input), in: pool.admit()))
                        } catch { return .failure(error) }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for result in results { _ = try result.get() }
            // The first round finds cold memory.
            if round > 0 { times.append(ContinuousClock.now - start) }
        }
        return times.sorted()[times.count / 2]
    }

    private static func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
}
