// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// Time-based one-time passwords (RFC 6238): a pure value, no state.
public struct TOTP: Sendable {
    /// Steps before and after the current one whose codes count (RFC 6238 § 5.2).
    public static let drift: Int64 = 1
    /// By how many steps a device's clock may be known to be off (RFC 6238 § 6).
    public static let offsets: ClosedRange<Int64> = -1...1
    /// Step sizes, in seconds; two minutes at most (NIST SP 800-63B-4 § 3.1.4.1).
    public static let periods = 1...120

    /// The step size X, in seconds.
    public let period: Int
    private let hotp: HOTP

    public var secret: SharedSecret { hotp.secret }
    public var algorithm: OneTimePasswordAlgorithm { hotp.algorithm }
    /// 6 to 8.
    public var digits: Int { hotp.digits }

    /// `nil` for digits or a period out of range.
    public init?(
        secret: SharedSecret, algorithm: OneTimePasswordAlgorithm = .sha1, digits: Int = 6, period: Int = 30
    ) {
        guard Self.periods.contains(period), let hotp = HOTP(secret: secret, algorithm: algorithm, digits: digits)
        else { return nil }
        self.period = period
        self.hotp = hotp
    }

    /// The step T of a time (RFC 6238 § 4.2); `nil` before 1970.
    public func step(at now: Timestamp) -> UInt64? {
        guard now.milliseconds >= 0 else { return nil }
        return UInt64(now.milliseconds) / 1000 / UInt64(period)
    }

    /// The code of a time; `nil` before 1970.
    public func code(at now: Timestamp) -> String? { step(at: now).map(hotp.code) }

    /// Whether a code is that of the current step or a neighbour, and of a step later than the last one used.
    ///
    /// With a known offset the window reaches one step further that way: never beyond two steps of the verifier's clock.
    ///
    /// - Parameters:
    ///   - code: What the claimant typed, unchanged.
    ///   - last: The step of the last code that was accepted; `nil` if there was none. (RFC 6238 § 5.2: once)
    ///   - now: The verifier's time, never the claimant's.
    ///   - offset: How far the device's clock is known to be ahead, in steps: what ``offset(of:at:)`` said of the last
    ///     accepted code. Cut to ``offsets``.
    /// - Returns: The step that matched, to be stored before the code counts as accepted.
    public func verify(_ code: String, after last: UInt64?, at now: Timestamp, offset: Int64 = 0) -> CodeVerification {
        guard let typed = OneTimePassword.parse(code, digits: digits) else { return .rejected(.malformed) }
        guard let current = step(at: now) else { return .rejected(.wrong) }
        var matched: UInt64?
        let known = Self.cut(offset)
        for distance in min(0, known) - Self.drift...max(0, known) + Self.drift {
            guard let candidate = UInt64(exactly: Int64(clamping: current).addedSaturating(distance)) else { continue }
            // Every candidate is compared, and the latest kept: should two steps have one code, both are spent.
            if hotp.number(at: candidate) == typed { matched = candidate }
        }
        guard let matched else { return .rejected(.wrong) }
        if let last, matched <= last { return .rejected(.replayed) }
        return .accepted(counter: matched)
    }

    /// How far the clock of the device is ahead whose code of that step was accepted now.
    public func offset(of step: UInt64, at now: Timestamp) -> Int64 {
        guard let current = self.step(at: now) else { return 0 }
        return Self.cut(Int64(clamping: step).subtractedSaturating(Int64(clamping: current)))
    }

    private static func cut(_ offset: Int64) -> Int64 { min(max(offset, offsets.lowerBound), offsets.upperBound) }
}
