// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

extension Argon2Engine {
    /// The quickest that this processor has and that can be trusted; chosen at its first use.
    ///
    /// A kernel is trusted if it gives the tags of RFC 9106 § 5 and, over costs of every shape, those of libargon2. One that
    /// does not is ``rejected``, and the next takes its place; libargon2 is the last. So it is where the package was compiled
    /// without optimisation.
    public static let automatic = choose(from: [.avx512, .avx2, .portable], isOptimized: Argon2Kernel.isOptimized)

    /// - Parameter engine: An engine on a kernel.
    package static func choose(
        from kernels: [Argon2Kernel], isOptimized: Bool, engine: (Argon2Kernel) -> Argon2Engine = { $0.engine() }
    ) -> Argon2Engine {
        var rejected: [String] = []
        for kernel in kernels where isOptimized && kernel.isSupported {
            let candidate = engine(kernel)
            if candidate.isTrusted { return candidate.rejecting(rejected) }
            rejected.append(kernel.name)
        }
        return libargon2.rejecting(rejected)
    }

    /// Whether it gives the tags that it should.
    private var isTrusted: Bool {
        let vectors: [(Argon2Variant, String)] = [
            (.d, "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb"),
            (.i, "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8"),
            (.id, "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"),
        ]
        func input(_ variant: Argon2Variant, _ memory: Int, _ passes: Int, _ lanes: Int) -> Argon2Input? {
            Argon2Parameters(verifying: memory, passes: passes, parallelism: lanes).map {
                Argon2Input(
                    variant: variant, parameters: $0, password: Secret(copying: [UInt8](repeating: 1, count: 32)),
                    salt: [UInt8](repeating: 2, count: 16), pepper: Secret(copying: [UInt8](repeating: 3, count: 8)),
                    associatedData: [UInt8](repeating: 4, count: 12))
            }
        }
        for (variant, tag) in vectors {
            guard let input = input(variant, 32, 3, 4), (try? compute(input)) == Hex.decode(tag) else { return false }
        }
        // Alone and two together, one lane and several, short segments and such that need new addresses.
        for (memory, passes, lanes) in [(8, 1, 1), (1024, 2, 1), (2061, 1, 3), (640, 3, 5)] {
            for variant in Argon2Variant.allCases {
                guard let input = input(variant, memory, passes, lanes),
                    let expected = try? Argon2Engine.libargon2.compute(input),
                    (try? compute(input)) == expected, (try? compute([input, input])) == [expected, expected]
                else { return false }
            }
        }
        return true
    }
}
