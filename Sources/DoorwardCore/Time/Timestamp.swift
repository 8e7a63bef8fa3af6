// SPDX-License-Identifier: Apache-2.0

import CDoorwardSystem

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, 64 bits, before or after.
///
/// Arithmetic saturates: no stored value and no clock can make it trap.
public struct Timestamp: Hashable, Comparable, Sendable {
    public let milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Whole seconds since the epoch, as RFC 6238 counts them.
    public init(seconds: Int64) { milliseconds = seconds.multipliedSaturating(by: 1000) }

    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

    /// The time that much later (or earlier, if negative).
    public func advanced(by duration: Duration) -> Timestamp { advanced(byMilliseconds: duration.wholeMilliseconds) }

    package func advanced(byMilliseconds count: Int64) -> Timestamp {
        Timestamp(milliseconds: milliseconds.addedSaturating(count))
    }

    /// How far the clocks of two nodes may differ: a store that measures more is unavailable.
    public static var clockDifference: Duration { .milliseconds(clockDifferenceMilliseconds) }

    private static var clockDifferenceMilliseconds: Int64 { 60_000 }

    /// Whether a right clock, on whichever node, can have written this by now.
    package func isCredible(at now: Timestamp) -> Bool {
        self <= now.advanced(byMilliseconds: Self.clockDifferenceMilliseconds)
    }

    /// How much later this is than the other.
    public func since(_ earlier: Timestamp) -> Duration {
        // No product of 64 bits with this one overflows 128.
        Duration(
            attoseconds: Int128(milliseconds.subtractedSaturating(earlier.milliseconds)) * attosecondsOfMillisecond)
    }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC with milliseconds, as in `2026-11-21T18:03:04.000Z`.
    public var description: String {
        let (days, rest) = milliseconds.flooredDivision(by: 86_400_000)
        // Days to a civil date: shift to eras of 400 years that begin on 1 March, so that the leap day comes last.
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func pad(_ value: Int64, _ width: Int) -> String {
            let digits = String(value.magnitude)
            return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let (seconds, millis) = (rest / 1000, rest % 1000)
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(pad(seconds / 3600, 2))"
            + ":\(pad(seconds / 60 % 60, 2)):\(pad(seconds % 60, 2)).\(pad(millis, 3))Z"
    }
}

private let attosecondsOfMillisecond: Int128 = 1_000_000_000_000_000

extension Duration {
    /// Whole milliseconds, rounded toward zero, cut to what 64 bits hold.
    package var wholeMilliseconds: Int64 { whole(of: UInt64(attosecondsOfMillisecond)) }

    /// Whole nanoseconds, the same way.
    package var wholeNanoseconds: Int64 { whole(of: 1_000_000_000) }

    private func whole(of unit: UInt64) -> Int64 {
        // One division of the processor's, where `components` takes several times as long: each session check asks.
        let whole = attoseconds.magnitude
        let (high, low) = (UInt64(truncatingIfNeeded: whole >> 64), UInt64(truncatingIfNeeded: whole))
        guard high < unit, let count = Int64(exactly: unit.dividingFullWidth((high, low)).quotient) else {
            return attoseconds < 0 ? .min : .max
        }
        return attoseconds < 0 ? -count : count
    }

    /// Whole seconds, rounded up: what `Retry-After` (RFC 9110 § 10.2.3) says.
    public var secondsRoundedUp: Int64 {
        let (seconds, attoseconds) = components
        return attoseconds > 0 ? seconds.addedSaturating(1) : seconds
    }
}

extension Int64 {
    package func addedSaturating(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    package func subtractedSaturating(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }

    package func multipliedSaturating(by other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? ((self < 0) == (other < 0) ? .max : .min) : product
    }

    /// Quotient rounded down and remainder from zero up; the divisor is positive.
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

/// A clock that tells the time of day. Services hold one; tests move theirs by hand.
public protocol WallClock: Sendable {
    func now() -> Timestamp
}

/// The machine's clock.
public struct SystemWallClock: WallClock {
    public init() {}

    public func now() -> Timestamp { Timestamp(milliseconds: doorward_wall_clock()) }
}

extension WallClock where Self == SystemWallClock {
    /// The machine's clock.
    public static var system: SystemWallClock { SystemWallClock() }
}
