// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// Knows which passwords have come out in breaches. (NIST SP 800-63B-4 § 3.1.1.2; ASVS V6.2.12)
///
/// ``BreachedPasswordFile`` asks nobody; ``BreachedPasswordRange`` asks a service without telling it the password.
public protocol BreachedPasswordSource: Sendable {
    /// Whether the password of the digest is among them.
    ///
    /// - Throws: ``BreachedPasswordError`` when there is no answer; never a guess.
    func contains(_ digest: PasswordDigest) async throws(BreachedPasswordError) -> Bool
}

/// SHA-1 (FIPS 180-4) of a password in UTF-8 after NFC: the name under which public lists know it, and used for nothing
/// else. Secret: a short password is found from it at once.
public struct PasswordDigest: Redacted, Sendable {
    package let bytes: [UInt8]

    /// `nil` for what is no password: empty, too long, or not text.
    public init?(_ password: Password) {
        guard let secret = password.normalized else { return nil }
        bytes = HashFunction.sha1.hash(secret)
    }

    package init(bytes: [UInt8]) { self.bytes = bytes }

    /// 40 upper-case digits, for sources of other makes.
    public func revealed() -> String { Hex.encode(bytes).uppercased() }
}

/// Why a source has no answer.
public struct BreachedPasswordError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Safe to show to an operator.
    public let reason: String

    public init(reason: String) { self.reason = reason }

    public var description: String { reason }
}

/// A source, and what its silence means.
public struct BreachedPasswordCheck: Sendable {
    /// What becomes of a new password while the source gives no answer.
    public enum Outage: Hashable, Sendable {
        /// It is not taken: *unavailable*, try again.
        case refuse
        /// It is taken if nothing else speaks against it, and an event says so.
        case accept
    }

    public let source: any BreachedPasswordSource
    public let outage: Outage

    public init(_ source: any BreachedPasswordSource, outage: Outage = .refuse) {
        self.source = source
        self.outage = outage
    }
}
