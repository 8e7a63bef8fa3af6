// SPDX-License-Identifier: Apache-2.0

import Doorward
@_spi(Measuring) public import DoorwardPasswords

/// A pool that hashes at one cost, one hash after the other or with a queue that is never empty.
public struct HashLine: Sendable {
    private let hasher: PasswordHasher
    private let threads: Int

    public init(_ parameters: Argon2Parameters, threads: Int, engine: Argon2Engine = .automatic) {
        self.threads = threads
        hasher = PasswordHasher(
            parameters: parameters,
            pool: HashingPool(
                .init(threads: threads, memoryBudget: 1 << 30, queueLength: 100_000, deadline: .seconds(3600)),
                engine: engine))
    }

    /// That many on each thread: on one, each is asked for when the one before is there; on several all are asked for.
    public func hash(_ count: Int) async throws {
        let password = Password("correct horse battery staple")
        guard threads > 1 else {
            for _ in 0..<count { _ = try await hasher.hash(password) }
            return
        }
        try await inParallel(count * threads) { _ in _ = try await hasher.hash(password) }
    }
}

extension Argon2Engine {
    /// The engine of a name: `libargon2`, or a kernel that this processor has; the quickest without a name.
    public static func named(_ name: String?, keepsArenas: Bool = true) -> Argon2Engine? {
        guard let name else {
            return keepsArenas ? automatic : named(automatic.name, keepsArenas: false)
        }
        if name == libargon2.name { return libargon2 }
        return Argon2Kernel.allCases.first { $0.name == name && $0.isSupported }?.engine(keepsArenas: keepsArenas)
    }
}
