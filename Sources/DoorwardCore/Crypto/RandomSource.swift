// SPDX-License-Identifier: Apache-2.0

import CDoorwardSystem
import Glibc

/// Where unpredictable bytes come from.
///
/// Services take one so that tests can seed it; production uses ``SystemRandomSource``. (ASVS V11.5.1)
public protocol RandomSource: Sendable {
    /// That many unpredictable bytes.
    func bytes(_ count: Int) -> [UInt8]
}

/// The kernel's generator, by `getrandom(2)`.
public struct SystemRandomSource: RandomSource {
    public init() {}

    public func bytes(_ count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count, let base = buffer.baseAddress {
                let got = unsafe getrandom(base + filled, count - filled, 0)
                // Only an interrupted call can fail: the flags are zero and the buffer is ours.
                precondition(got > 0 || errno == EINTR, "the kernel has no random numbers")
                if got > 0 { filled += got }
            }
        }
    }
}

extension RandomSource where Self == SystemRandomSource {
    /// The kernel's generator.
    public static var system: SystemRandomSource { SystemRandomSource() }
}
