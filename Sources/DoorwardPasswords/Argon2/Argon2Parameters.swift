// SPDX-License-Identifier: Apache-2.0

/// A variant of Argon2 (RFC 9106 § 1). New hashes are always `id`; the others are there to be verified.
public enum Argon2Variant: String, Hashable, Sendable, CaseIterable {
    case d = "argon2d", i = "argon2i", id = "argon2id"
}

/// What an Argon2 hash costs (RFC 9106 § 3.1): memory m, passes t, lanes p.
public struct Argon2Parameters: Hashable, Sendable {
    /// Memory in KiB: 8 × lanes to 2 GiB.
    public let memoryKiB: Int
    /// Passes over the memory, from 1. Memory × passes is at most 16 GiB.
    public let passes: Int
    /// Lanes: 1 to 64.
    public let parallelism: Int

    /// 19 MiB, two passes, one lane: OWASP's minimum (Password Storage Cheat Sheet), sized for many sign-ins at once.
    public static let `default` = Argon2Parameters(19_456, 2, 1)
    /// RFC 9106 § 4, first choice: 2 GiB, one pass, four lanes.
    public static let rfc9106HighMemory = Argon2Parameters(2_097_152, 1, 4)
    /// RFC 9106 § 4, second choice: 64 MiB, three passes, four lanes.
    public static let rfc9106LowMemory = Argon2Parameters(65_536, 3, 4)

    /// - Throws: ``Argon2ParametersError`` for a cost below OWASP's floor or beyond the limits above.
    public init(memoryKiB: Int, passes: Int, parallelism: Int) throws(Argon2ParametersError) {
        guard let parameters = Argon2Parameters(verifying: memoryKiB, passes: passes, parallelism: parallelism) else {
            throw .outOfRange
        }
        guard parameters.meetsFloor else { throw .tooWeak }
        self = parameters
    }

    /// For tests of everything but the cost itself.
    @_spi(Testing) public static let insecureForTesting = Argon2Parameters(8, 1, 1)

    /// The sets that OWASP names as equally strong; a cost at or above one of them will do.
    private static let floor = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)]

    package var meetsFloor: Bool { Self.floor.contains { memoryKiB >= $0.0 && passes >= $0.1 } }

    /// What a stored hash may ask for: within the limits, however weak. `nil` beyond them.
    package init?(verifying memoryKiB: Int, passes: Int, parallelism: Int) {
        guard (1...64).contains(parallelism), (8 * parallelism...2_097_152).contains(memoryKiB),
            (1...2_097_152).contains(passes), memoryKiB * passes <= 16_777_216
        else { return nil }
        self = Argon2Parameters(memoryKiB, passes, parallelism)
    }

    private init(_ memoryKiB: Int, _ passes: Int, _ parallelism: Int) {
        self.memoryKiB = memoryKiB
        self.passes = passes
        self.parallelism = parallelism
    }

    package var memoryBytes: Int { memoryKiB * 1024 }
}

/// Why parameters cannot be used for new hashes.
public enum Argon2ParametersError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooWeak, outOfRange

    public var description: String {
        switch self {
        case .tooWeak:
            "weaker than OWASP's floor: 47104 KiB × 1 pass, 19456 × 2, 12288 × 3, 9216 × 4 or 7168 × 5"
        case .outOfRange:
            "memory is 8 KiB a lane to 2 GiB, passes from 1, memory × passes at most 16 GiB, lanes 1 to 64"
        }
    }
}
