// SPDX-License-Identifier: Apache-2.0

/// The figures of the lockout, in one place and printable. (ASVS V6.1.1, V6.3.1; NIST SP 800-63B-4 § 3.2.2)
public struct LockoutPolicy: Hashable, Sendable, CustomStringConvertible {
    /// Wrong guesses before the first lock; afterwards one after each lock.
    public static let freeFailures = 5
    /// The first lock, doubled by each further failure up to the longest.
    public static let firstLock: Duration = .seconds(30)
    public static let longestLock: Duration = .seconds(3600)
    /// After so long without a failure the ladder starts anew.
    public static let quietTime: Duration = .seconds(24 * 3600)
    /// Consecutive failures after which the factor is disabled until it is bound anew.
    public static let streakLimit = 100
    /// Failures of one client network in one window: an IPv4 address or IPv6 /64, and an IPv6 /48.
    public static let addressFailures = 50
    public static let widePrefixFailures = 500
    public static let addressWindow: Duration = .seconds(15 * 60)

    public init() {}

    /// How long the lock is that a failure starts, if it starts one.
    package static func lock(after failures: Int) -> Duration? {
        guard failures >= freeFailures else { return nil }
        // 30 s × 2⁷ is past the hour already.
        let doublings = min(failures - freeFailures, 7)
        return min(firstLock * (1 << doublings), longestLock)
    }

    public var description: String {
        """
        \(Self.freeFailures) wrong guesses, then locks of \(Self.firstLock.components.seconds) s doubling to \
        \(Self.longestLock.components.seconds) s with one guess after each; anew after a success or \
        \(Self.quietTime.components.seconds / 3600) h without a failure; disabled at \(Self.streakLimit) consecutive \
        failures; \(Self.addressFailures) failures an address in \(Self.addressWindow.components.seconds / 60) min.
        """
    }
}
