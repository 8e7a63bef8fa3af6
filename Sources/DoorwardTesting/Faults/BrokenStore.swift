// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import Synchronization

/// A store that breaks one clause of the contract, to show that tests would notice.
public final class BrokenStore: StoreWrapper {
    public enum Flaw: Hashable, Sendable, CaseIterable {
        /// Records live on after their end.
        case ignoresExpiry
        /// A record lives a millisecond too long.
        case expiresLate
        /// Conditions are judged, then somebody else's turn comes, then all is written unconditionally.
        case checksThenActs
        /// What comes before a failing change is written all the same.
        case commitsHalf
        /// Versions are the store's own.
        case makesOwnVersions
        /// A conflict always names the first change.
        case namesFirstChange
        /// `require` always holds.
        case forgetsRequire
        /// Nothing is ever removed, and it says so.
        case keepsRemoved
        /// A counter's end moves with every addition.
        case movesCounterExpiry
        /// Counters have no ceiling.
        case ignoresCeiling
        /// Giving back reaches into a window that it does not name.
        case givesBackAnywhere
        /// Pages come in descending order.
        case listsBackwards
        /// The id that a page begins after is on it.
        case listsTwice
        /// Errors are swallowed: misuse does nothing and succeeds.
        case swallowsMisuse
        /// Values end at the first zero byte.
        case cutsAtZero
        /// A walk over everything ends after its first page.
        case scansOnePage
        /// Purges whatever has expired by the asker's word.
        case purgesEagerly
    }

    public let base: any AuthStore
    private let flaw: Flaw
    private let random = SystemRandomSource()

    public init(_ flaw: Flaw, on base: any AuthStore) {
        self.flaw = flaw
        self.base = base
    }

    private func time(_ now: Timestamp) -> Timestamp {
        switch flaw {
        case .ignoresExpiry: Timestamp(milliseconds: .min)
        case .expiresLate: now.advanced(by: .milliseconds(-1))
        default: now
        }
    }

    public func read(_ keys: [RecordKey], at now: Timestamp) async throws(StoreError) -> [StoredRecord?] {
        if flaw == .swallowsMisuse, (try? ContractLimits.check(keys)) == nil { return keys.map { _ in nil } }
        return try await base.read(keys, at: time(now))
    }

    public func list(_ kind: RecordKind, in partition: Partition, after: RecordID?, limit: Int, at now: Timestamp)
        async throws(StoreError) -> [StoredRecord]
    {
        switch flaw {
        case .listsBackwards:
            return try await base.list(kind, in: partition, after: after, limit: limit, at: now).reversed()
        case .listsTwice:
            let all = try await base.list(kind, in: partition, after: nil, limit: 1000, at: now)
            return Array(all.drop { record in after.map { record.key.id < $0 } ?? false }.prefix(limit))
        default: return try await base.list(kind, in: partition, after: after, limit: limit, at: time(now))
        }
    }

    public func commit(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp)
        async throws(StoreError) -> CommitOutcome
    {
        if flaw == .swallowsMisuse, (try? ContractLimits.check(changes)) == nil { return .committed }
        switch flaw {
        case .checksThenActs:
            let current = try await base.read(changes.map(\.key), at: now)
            for (index, change) in changes.enumerated() where !change.holds(on: current[index]?.version) {
                return .conflict(at: index)
            }
            for _ in 0..<3 { await Task.yield() }
            return try await force(id, changes, at: now)
        case .commitsHalf:
            let outcome = try await base.commit(id, changes, at: now)
            if case .conflict(let index) = outcome, index > 0 {
                _ = try await base.commit(id, Array(changes[..<index]), at: now)
            }
            return outcome
        case .makesOwnVersions: return try await base.commit(CommitID(from: random), changes, at: now)
        case .namesFirstChange:
            let outcome = try await base.commit(id, changes, at: now)
            return outcome == .committed ? outcome : .conflict(at: 0)
        case .forgetsRequire:
            let rest = changes.filter { if case .require = $0 { false } else { true } }
            return rest.isEmpty ? .committed : try await base.commit(id, rest, at: now)
        case .keepsRemoved:
            let rest = changes.filter { if case .remove = $0 { false } else { true } }
            return rest.isEmpty ? .committed : try await base.commit(id, rest, at: now)
        case .cutsAtZero:
            return try await base.commit(
                id,
                changes.map { change in
                    switch change {
                    case .create(let key, let value, let end):
                        .create(key, value: Array(value.prefix { $0 != 0 }), expiresAt: end)
                    case .replace(let key, let version, let value, let end):
                        .replace(key, at: version, value: Array(value.prefix { $0 != 0 }), expiresAt: end)
                    default: change
                    }
                }, at: now)
        default: return try await base.commit(id, changes, at: time(now))
        }
    }

    /// Writes whatever the conditions say.
    private func force(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp)
        async throws(StoreError) -> CommitOutcome
    {
        while true {
            let current = try await base.read(changes.map(\.key), at: now)
            let forced = changes.enumerated().compactMap { index, change -> RecordChange? in
                let version = current[index]?.version
                switch change {
                case .create(let key, let value, let end), .replace(let key, _, let value, let end):
                    return version.map { .replace(key, at: $0, value: value, expiresAt: end) }
                        ?? .create(key, value: value, expiresAt: end)
                case .remove(let key, _): return .remove(key, at: nil)
                case .require: return nil
                }
            }
            if forced.isEmpty { return .committed }
            if try await base.commit(id, forced, at: now) == .committed { return .committed }
        }
    }

    public func increment(_ key: CounterKey, by amount: Int, ceiling: Int?, expiresAt: Timestamp, at now: Timestamp)
        async throws(StoreError) -> IncrementOutcome
    {
        switch flaw {
        case .ignoresCeiling:
            return try await base.increment(key, by: amount, ceiling: nil, expiresAt: expiresAt, at: now)
        case .movesCounterExpiry:
            let old = try await base.increment(key, by: 0, ceiling: nil, expiresAt: expiresAt, at: now)
            _ = try await base.increment(key, by: -old.value, ceiling: nil, expiresAt: old.expiresAt, at: now)
            let outcome = try await base.increment(
                key, by: old.value + amount, ceiling: ceiling, expiresAt: expiresAt, at: now)
            return IncrementOutcome(isApplied: outcome.isApplied, value: outcome.value, expiresAt: expiresAt)
        case .givesBackAnywhere where amount < 0:
            let old = try await base.increment(key, by: 0, ceiling: nil, expiresAt: expiresAt, at: now)
            return try await base.increment(key, by: amount, ceiling: ceiling, expiresAt: old.expiresAt, at: now)
        default:
            return try await base.increment(key, by: amount, ceiling: ceiling, expiresAt: expiresAt, at: time(now))
        }
    }

    public func scan(after: RecordKey?, limit: Int) async throws(StoreError) -> [StoredRecord] {
        if flaw == .scansOnePage, after != nil { return [] }
        return try await base.scan(after: after, limit: limit)
    }

    public func purge(expiredBefore: Timestamp, limit: Int) async throws(StoreError) -> Int {
        guard flaw == .purgesEagerly else { return try await base.purge(expiredBefore: expiredBefore, limit: limit) }
        var purged = 0
        for record in try await base.scan(after: nil, limit: 1000) where record.isExpired(at: expiredBefore) {
            // At the beginning of time nothing has expired, so it can be removed.
            let start = Timestamp(milliseconds: .min)
            _ = try await base.commit(CommitID(from: random), [.remove(record.key, at: nil)], at: start)
            purged += 1
        }
        return purged
    }
}
