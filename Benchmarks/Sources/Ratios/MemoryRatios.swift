// SPDX-License-Identifier: Apache-2.0

import CBaselines
import Doorward
import Workload

/// What needs no server: a session check in memory, a one-time password.
enum MemoryRatios {
    static func run() async throws -> [Ratio] {
        let sessions = 1_000_000
        memory_fill(Int32(sessions))
        let shelf = try await SessionShelf(on: InMemoryStore(), sessions: sessions)
        var ratios: [Ratio] = []
        for (threads, bar) in [(1, 0.7), (2, 2.0)] {
            try await ratios.append(
                Comparison(
                    name:
                        "Session check, memory, \(threads) at once: unordered_map, mutex",
                    bar: bar, operations: 50_000
                ) { count in
                    guard memory_check(Int32(count), Int32(threads)) == 0 else { throw Failed() }
                } ours: { count in
                    try await inParallel(threads) { _ in try await shelf.check(count) }
                }.run())
        }
        guard let totp = TOTP(secret: .generate()) else { throw Failed() }
        let seconds: Int64 = 1_700_000_000
        for (name, keepsContext, bar) in [("HMAC()", Int32(0), 3.0), ("a kept EVP_MAC_CTX", 1, nil)] {
            ratios.append(
                try await Comparison(name: "TOTP, three steps: OpenSSL, \(name)", bar: bar, operations: 20_000) {
                    count in
                    for _ in 0..<count where totp_baseline(seconds, keepsContext) != 0 { throw Failed() }
                } ours: { count in
                    for _ in 0..<count {
                        if case .accepted = totp.verify("000000", after: nil, at: Timestamp(seconds: seconds)) {
                            throw Failed()
                        }
                    }
                }.run())
        }
        return ratios
    }
}
