// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

extension Argon2Engine {
    /// The quickest that this processor has and that can be trusted; chosen at its first use.
    ///
    /// A kernel is trusted if it gives the tags of RFC 9106 § 5 and, over costs of every shape, those of libargon2. One that
    /// does not is ``rejected``, and the next takes its place; libargon2 is the last. So it is where the package was compiled
    /// without optimisation. Choosing takes some hundredths of a second.
    public static let automatic = choose(from: [.avx512, .avx2, .portable], isOptimized: Argon2Kernel.isOptimized)

    /// - Parameter engine: An engine on a kernel.
    package static func choose(
        from kernels: [Argon2Kernel], isOptimized: Bool, engine: (Argon2Kernel) -> Argon2Engine = { $0.engine() }
    ) -> Argon2Engine {
        var rejected: [String] = []
        for kernel in kernels where isOptimized && kernel.isSupported {
            let candidate = engine(kernel)
            switch candidate.isTrusted {
            case true?: return candidate.rejecting(rejected)
            case false?: rejected.append(kernel.name)
            case nil: break
            }
        }
        return libargon2.rejecting(rejected)
    }

    /// Whether it gives the tags that it should; `nil` if there was no memory to find out.
    private var isTrusted: Bool? {
        let vectors: [(Argon2Variant, String)] = [
            (.d, "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb"),
            (.i, "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8"),
            (.id, "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"),
        ]
        func input(_ variant: Argon2Variant, _ parameters: Argon2Parameters, password: UInt8) -> Argon2Input {
            Argon2Input(
                variant: variant, parameters: parameters,
                password: Secret(copying: [UInt8](repeating: password, count: 32)),
                salt: [UInt8](repeating: 2, count: 16), pepper: Secret(copying: [UInt8](repeating: 3, count: 8)),
                associatedData: [UInt8](repeating: 4, count: 12))
        }
        // As in the RFC; alone and two together, one lane and several, short segments and such that need new addresses.
        for (memory, passes, lanes) in [(32, 3, 4), (8, 1, 1), (1024, 2, 1), (2061, 1, 3), (640, 3, 5)] {
            guard let parameters = Argon2Parameters(verifying: memory, passes: passes, parallelism: lanes) else {
                continue
            }
            for (variant, published) in vectors {
                let pair = [UInt8](1...2).map { input(variant, parameters, password: $0) }
                guard let expected = try? Argon2Engine.libargon2.compute(pair), let alone = try? compute(pair[0]),
                    let together = try? compute(pair)
                else { return nil }
                guard [alone] == [expected[0]], together == expected else { return false }
                if memory == 32, alone != Hex.decode(published) { return false }
            }
        }
        return true
    }
}
