// SPDX-License-Identifier: Apache-2.0

/// How somebody proved who they are, in the spirit of the `amr` values of RFC 8176. An open set.
public struct AuthenticationMethod: Hashable, Sendable, CustomStringConvertible {
    /// As it is written: `pwd`, `otp`, `recovery`.
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public static let password = AuthenticationMethod(rawValue: "pwd")
    public static let oneTimePassword = AuthenticationMethod(rawValue: "otp")
    public static let recoveryCode = AuthenticationMethod(rawValue: "recovery")

    public var description: String { rawValue }
}

/// Authenticator assurance level (NIST SP 800-63B-4 § 2).
public enum AssuranceLevel: Int, Hashable, Sendable, Comparable {
    /// One factor.
    case aal1 = 1
    /// Two factors.
    case aal2 = 2

    public static func < (a: AssuranceLevel, b: AssuranceLevel) -> Bool { a.rawValue < b.rawValue }
}

/// Proof that the person behind a session showed all of the account's factors within the last five minutes.
///
/// Demanded for what would let a thief stay: binding or removing authenticators, recovery codes, the password. It is
/// not a pass by itself: the commit that it allows requires it again. (ASVS V7.5.1, V7.5.3)
public struct FreshAuthentication: Hashable, Sendable {
    /// For how long a proof counts.
    public static let lifetime: Duration = .seconds(300)

    public let account: AccountID
    /// The session's public id.
    public let session: SessionID
    public let level: AssuranceLevel
    public let expiresAt: Timestamp
    package let partition: Partition

    package init(
        account: AccountID, session: SessionID, level: AssuranceLevel, expiresAt: Timestamp, partition: Partition
    ) {
        self.account = account
        self.session = session
        self.level = level
        self.expiresAt = expiresAt
        self.partition = partition
    }
}

/// A session's public name: 64 lower-case hexadecimal digits. Not secret, and no use as a token.
public struct SessionID: Hashable, Sendable, CustomStringConvertible {
    package let record: RecordID

    package init(_ record: RecordID) { self.record = record }

    /// `nil` unless the text is 64 lower-case hexadecimal digits.
    public init?(_ text: String) {
        guard text.utf8.count == 64, let bytes = Hex.decode(text), let record = RecordID(bytes) else { return nil }
        self.record = record
    }

    public var description: String { Hex.encode(record.bytes) }
}
