// SPDX-License-Identifier: Apache-2.0

/// The rule of `increment`, for stores that compute it in Swift.
public struct CounterState: Hashable, Sendable {
    public var value: Int
    public var expiresAt: Timestamp

    public init(value: Int, expiresAt: Timestamp) {
        self.value = value
        self.expiresAt = expiresAt
    }

    /// What an addition does to a counter (`nil` if absent): its outcome, and the new state if something was written.
    public static func applying(
        _ amount: Int, to stored: CounterState?, ceiling: Int?, expiresAt: Timestamp, at now: Timestamp
    ) -> (outcome: IncrementOutcome, new: CounterState?) {
        let live = stored.flatMap { now < $0.expiresAt ? $0 : nil }
        let current = live ?? CounterState(value: 0, expiresAt: expiresAt)
        let unchanged = IncrementOutcome(isApplied: false, value: current.value, expiresAt: current.expiresAt)
        if amount == 0 { return (unchanged, nil) }
        if amount < 0 {
            guard live != nil, current.expiresAt == expiresAt else { return (unchanged, nil) }
        }
        let (sum, overflow) = current.value.addingReportingOverflow(amount)
        let value = max(0, sum)
        if overflow || (amount > 0 && value > min(ceiling ?? .max, 1 << 53)) { return (unchanged, nil) }
        let new = CounterState(value: value, expiresAt: current.expiresAt)
        return (IncrementOutcome(isApplied: true, value: value, expiresAt: new.expiresAt), new)
    }
}
