// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// Names one authenticator: 16 random bytes, in lower-case hexadecimal.
public struct AuthenticatorID: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    package init(from random: some RandomSource) { bytes = random.bytes(16) }

    package init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// `nil` unless the text is 32 lower-case hexadecimal digits.
    public init?(_ text: String) {
        guard text.utf8.count == 32, let bytes = Hex.decode(text) else { return nil }
        self.bytes = bytes
    }

    public var description: String { Hex.encode(bytes) }
}

/// What moves a one-time password on.
public enum OneTimePasswordType: Hashable, Sendable {
    /// Time steps of that many seconds.
    case totp(period: Int)
    /// A counter, beginning there.
    case hotp(counter: UInt64)
}

/// What may be known of an authenticator: everything but its secret.
public struct Authenticator: Hashable, Sendable {
    public enum Status: String, Hashable, Sendable {
        /// Enrolled, not yet confirmed by a code.
        case pending
        case active
        /// Too many consecutive failures: goes on answering like a wrong code until bound anew.
        case disabled
    }

    public let id: AuthenticatorID
    /// For HOTP, the counter that is expected next.
    public let type: OneTimePasswordType
    public let label: String
    public let algorithm: OneTimePasswordAlgorithm
    public let digits: Int
    public let status: Status
    public let createdAt: Timestamp
}

/// What to enrol. The defaults are what every authenticator app understands.
public struct AuthenticatorSettings: Hashable, Sendable {
    public var type: OneTimePasswordType
    public var label: String
    public var algorithm: OneTimePasswordAlgorithm
    public var digits: Int

    public init(
        type: OneTimePasswordType = .totp(period: 30), label: String = "", algorithm: OneTimePasswordAlgorithm = .sha1,
        digits: Int = 6
    ) {
        self.type = type
        self.label = label
        self.algorithm = algorithm
        self.digits = digits
    }
}

/// An enrolment that was just begun: shown this once, and of no use until confirmed by a code.
public struct Enrollment: Sendable {
    public let authenticator: Authenticator
    public let secret: SharedSecret
    /// For the authenticator app, as text or QR code. Secret.
    public let uri: ProvisioningURI
}

/// Why an enrolment was refused. An open set.
public struct EnrollmentRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// A word for programs.
    public let code: String
    public let description: String

    package static let tooMany = Self(
        code: "factor.tooMany", description: "Remove an authenticator first: five are enough.")
    package static let badSettings = Self(
        code: "factor.settings",
        description: "Digits are 6 to 8, a period is 1 to 120 seconds, a label has at most 64 bytes of plain text.")
}
