// SPDX-License-Identifier: Apache-2.0

/// The limits of the contract's sixth clause, for stores to check their input against.
public enum ContractLimits {
    public static let changes = 64
    public static let keys = 128
    public static let valueBytes = 64 * 1024
    /// Records a `list` or `scan` may return at once, whatever was asked.
    public static let pageSize = 1000

    /// Throws `misuse` for what no commit may hold.
    public static func check(_ changes: [RecordChange]) throws(StoreError) {
        guard !changes.isEmpty, changes.count <= Self.changes else {
            throw StoreError(.misuse, "a commit has 1 to \(Self.changes) changes")
        }
        try check(changes.map(\.key))
        for change in changes {
            switch change {
            case .create(_, let value, _), .replace(_, _, let value, _):
                guard value.count <= valueBytes else { throw StoreError(.misuse, "a value is over 64 KiB") }
            case .remove, .require: break
            }
        }
    }

    /// Throws `misuse` unless the keys are some, not too many, different, and of one partition.
    public static func check(_ keys: [RecordKey]) throws(StoreError) {
        guard let first = keys.first, keys.count <= Self.keys else {
            throw StoreError(.misuse, "1 to \(Self.keys) keys at once")
        }
        if keys.count == 1 { return }
        guard keys.allSatisfy({ $0.partition == first.partition }) else {
            throw StoreError(.misuse, "keys of two partitions at once")
        }
        guard Set(keys).count == keys.count else { throw StoreError(.misuse, "a key twice") }
    }

    /// Throws `misuse` for a limit below 1.
    public static func check(limit: Int) throws(StoreError) -> Int {
        guard limit >= 1 else { throw StoreError(.misuse, "a limit below 1") }
        return min(limit, pageSize)
    }

    /// Throws `misuse` for a ceiling below zero or numbers beyond 2⁵³, which not every engine can hold.
    public static func check(amount: Int, ceiling: Int?) throws(StoreError) {
        let bound = 1 << 53
        guard amount.magnitude <= bound, (0...bound).contains(ceiling ?? 0) else {
            throw StoreError(.misuse, "an amount or ceiling out of range")
        }
    }

    /// Nothing is purged that expired less than an hour ago by the store's own clock, so that a node whose clock runs
    /// fast does not delete what others still honour.
    public static func purgeBound(asked: Timestamp, storeTime: Timestamp) -> Timestamp {
        min(asked, storeTime.advanced(by: .seconds(-3600)))
    }
}
