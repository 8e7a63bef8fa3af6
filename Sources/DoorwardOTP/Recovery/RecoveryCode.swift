// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// A recovery code: 120 random bits as 24 Base32 characters in groups of four. Shown once, used once.
///
/// A look-up secret in NIST's terms (SP 800-63B-4 § 3.1.2), long enough for a fast digest. (ASVS V6.5.2)
public struct RecoveryCode: Redacted, Sendable {
    package static let randomBytes = 15
    private static let length = 24

    /// Twenty-four characters, upper case, without hyphens.
    package let canonical: Secret

    package init(from random: some RandomSource) {
        canonical = Secret(copying: Base32.encode(random.bytes(Self.randomBytes)).utf8)
    }

    /// Case and hyphens are ignored. `nil` for what has not the form of a recovery code.
    public init?(_ text: String) {
        guard text.utf8.count <= 64 else { return nil }
        let symbols = text.utf8.filter { $0 != UInt8(ascii: "-") }
        guard symbols.count == Self.length, let bytes = Base32.decode(String(decoding: symbols, as: UTF8.self)) else {
            return nil
        }
        canonical = Secret(copying: Base32.encode(bytes).utf8)
    }

    /// The code as it is shown: `ABCD-EFGH-…`.
    public func revealed() -> String {
        let symbols = canonical.copyBytes()
        return stride(from: 0, to: symbols.count, by: 4)
            .map { String(decoding: symbols[$0..<min($0 + 4, symbols.count)], as: UTF8.self) }.joined(separator: "-")
    }
}
