// SPDX-License-Identifier: Apache-2.0

import CBaselines
import Doorward
@_spi(Measuring) import DoorwardPasswords
import Synchronization
import Workload

/// Argon2id beside Debian's libargon2, and our pool beside bare threads.
enum HashRatios {
    static func run() async throws -> [Ratio] {
        var ratios: [Ratio] = []
        for (name, bars) in [("avx2", (1.9, 3.5)), ("avx512", (2.5, 5.0))] {
            guard let engine = Argon2Engine.named(name) else { continue }
            for (memory, passes, lanes, bar) in [(19_456, 2, 1, bars.0), (65_536, 3, 4, bars.1)] {
                let parameters = try Argon2Parameters(memoryKiB: memory, passes: passes, parallelism: lanes)
                let line = HashLine(parameters, threads: 1, engine: engine)
                try await ratios.append(
                    Comparison(
                        name: "Argon2id \(memory / 1024) MiB t=\(passes) p=\(lanes), \(name): libargon2", bar: bar,
                        operations: lanes == 1 ? 4 : 1
                    ) { count in
                        for _ in 0..<count {
                            guard argon2_baseline(UInt32(memory), UInt32(passes), UInt32(lanes)) == 0 else {
                                throw Failed()
                            }
                        }
                    } ours: {
                        try await line.hash($0)
                    }.run())
            }
        }
        // Two at once go together, so a round has an even number for each thread; and so many that its beginning and its
        // end, where they go alone, do not count.
        let engine = Argon2Engine.automatic
        let line = HashLine(.default, threads: 2, engine: engine)
        ratios.append(
            try await Comparison(
                name: "Hashing pool, 2 threads, queue never empty: bare threads", bar: 0.97, operations: 320
            ) {
                try await bareThreads(2, hashes: $0, engine: engine)
            } ours: {
                try await line.hash($0 / 2)
            }.run())
        return ratios
    }

    /// Threads that do nothing but hash, pairs of what is to be hashed at a time, each under a salt of its own: where two
    /// are the same, they read from the same places, which is quicker.
    private static func bareThreads(_ threads: Int, hashes: Int, engine: Argon2Engine) async throws {
        let (password, random) = (Secret(copying: Array("correct horse battery staple".utf8)), SystemRandomSource())
        try await inParallel(threads) { _ in
            for _ in 0..<(hashes / threads / 2) {
                _ = try engine.compute(
                    (0..<2).map { _ in
                        Argon2Input(parameters: .default, password: password, salt: random.bytes(16))
                    })
            }
        }
    }
}
