// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// The secret K that an authenticator and its verifier share (RFC 4226 § 5.1): 16 to 128 bytes.
///
/// Base32 is only how people and URIs write it. (RFC 4226 § 4, R6; NIST SP 800-63B-4 § 3.1.4.1)
public struct SharedSecret: Redacted, Sendable {
    /// 128 bits, the least that RFC 4226 allows, to 1024.
    public static let lengths = 16...128

    package let bytes: Secret

    /// `nil` unless there are 16 to 128 bytes.
    public init?(bytes: Secret) {
        guard Self.lengths.contains(bytes.count) else { return nil }
        self.bytes = bytes
    }

    /// From strict Base32, either case; spaces between groups are left out. `nil` for anything else.
    public init?(base32 text: String) {
        guard text.utf8.count <= 512, let bytes = Base32.decode(String(text.filter { $0 != " " })) else { return nil }
        self.init(bytes: Secret(copying: bytes))
    }

    /// A fresh one, as long as the hash's digest (RFC 4226 § 4, R6; RFC 6238 § 5.1).
    public static func generate(for algorithm: OneTimePasswordAlgorithm = .sha1, random: some RandomSource = .system)
        -> SharedSecret
    {
        SharedSecret(unchecked: Secret(copying: random.bytes(algorithm.function.digestLength)))
    }

    private init(unchecked bytes: Secret) { self.bytes = bytes }

    /// Upper case, no padding. To be shown once.
    public func revealedBase32() -> String { Base32.encode(bytes.copyBytes()) }
}

/// The hash function of a one-time password. SHA-1 is what most apps know; as HMAC it is sound. (ASVS App. C)
public enum OneTimePasswordAlgorithm: String, Hashable, Sendable, CaseIterable {
    case sha1 = "SHA1", sha256 = "SHA256", sha512 = "SHA512"

    package var function: HashFunction {
        switch self {
        case .sha1: .sha1
        case .sha256: .sha256
        case .sha512: .sha512
        }
    }
}
