// SPDX-License-Identifier: Apache-2.0

import DoorwardTesting
import Foundation
import Testing

@_spi(Testing) import DoorwardPasswords

@Suite struct HashingCalibrationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func limits(_ files: [String: String]) throws -> HostLimits {
        for (file, text) in files {
            let url = URL(fileURLWithPath: folder.path + "/" + file)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        return HostLimits(root: folder.path + "/")
    }

    @Test func aContainersLimitsCountWhereThereAreSome() throws {
        let machine = try limits([:])
        #expect(machine.memory > 1 << 28 && machine.processors >= 1 && machine.threads >= 1)
        #expect(try limits(["memory.max": "max\n", "cpu.max": "max 100000\n"]) == machine)
        let second = try limits(["memory.max": "536870912\n", "cpu.max": "50000 100000\n"])
        #expect(second.memory == 512 << 20 && second.processors == 0.5 && second.threads == 1)
        #expect(second.hashingBudget == 128 << 20)
        for garbage in ["", "x", "-1", "0 0", "1", "nan nan", "inf 1", "9999999999999999999999 1"] {
            let limits = try limits(["memory.max": garbage, "cpu.max": garbage])
            #expect(limits.memory > 0 && limits.threads >= 1 && limits.processors.isFinite)
        }
    }

    @Test func theFirstVersionOfControlGroupsIsReadToo() throws {
        let limits = try limits([
            "memory/memory.limit_in_bytes": "268435456", "cpu/cpu.cfs_quota_us": "100000",
            "cpu/cpu.cfs_period_us": "100000",
        ])
        #expect(limits.memory == 256 << 20 && limits.processors == 1)
    }

    /// A machine on which a hash takes that long for each MiB and pass.
    private func choose(rate: Double, budget: Int, microsecondsPerMiB cost: Double) async throws -> HashingCalibration {
        let limits = try limits(["cpu.max": "100000 100000"])
        return try await HashingCalibration.choose(signInsPerSecond: rate, memoryBudget: budget, limits: limits) {
            parameters async throws(HashingError) in
            .microseconds(Double(parameters.memoryKiB) / 1024 * Double(parameters.passes) * cost)
        }
    }

    @Test func theCostliestParametersAreChosenThatHoldTheRateTheBudgetAndASecond() async throws {
        // 19 MiB × 2 take 19 ms: half a processor does 26 a second.
        let relaxed = try await choose(rate: 5, budget: 1 << 30, microsecondsPerMiB: 500)
        #expect(relaxed.meetsRate && relaxed.signInsPerSecond >= 5 && relaxed.signInsPerSecond < 6)
        #expect(relaxed.parameters.memoryKiB.isMultiple(of: 1024) && relaxed.parameters.passes == 2)
        let bound = try await choose(rate: 0.001, budget: 64 << 20, microsecondsPerMiB: 500)
        #expect(bound.parameters.memoryKiB <= 65_536 && bound.parameters.memoryKiB > 60_000)
        let slow = try await choose(rate: 0.001, budget: 2 << 30, microsecondsPerMiB: 500)
        #expect(slow.duration <= .milliseconds(1050) && slow.duration > .milliseconds(900))
        // The floor stays the floor.
        let storm = try await choose(rate: 1000, budget: 1 << 30, microsecondsPerMiB: 500)
        #expect(storm.parameters == .default && !storm.meetsRate && storm.signInsPerSecond < 1000)
        for odd in [0, -1, .nan, .infinity] {
            #expect(try await choose(rate: odd, budget: 1 << 30, microsecondsPerMiB: 500).parameters.meetsFloor)
        }
    }

    @Test func thisMachineCanBeMeasured() async throws {
        let engine = Argon2Engine("none") { inputs throws(HashingError) in
            inputs.map { [UInt8](repeating: 0, count: $0.tagLength) }
        }
        let found = try await HashingCalibration.measure(
            signInsPerSecond: 1, memoryBudget: 64 << 20, engine: engine)
        #expect(found.parameters.meetsFloor && found.memoryBudget == 64 << 20)
    }
}
