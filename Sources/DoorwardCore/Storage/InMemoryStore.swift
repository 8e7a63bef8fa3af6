// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The contract in memory: for tests, demonstrations, and services that may forget everything when they end.
///
/// *Atomic:* sixteen shards by partition, each behind one lock that is never held across a suspension; so a commit is
/// one critical section. Nothing is durable.
public final class InMemoryStore: AuthStore {
    fileprivate struct Shard: Sendable {
        var records: [RecordKey: Entry] = [:]
        /// Ids of a kind and partition in ascending order, for `list`.
        var ids: [Listing: [RecordID]] = [:]
        var counters: [CounterKey: CounterState] = [:]
    }

    /// A record without its key.
    fileprivate struct Entry: Sendable {
        let version: CommitID
        let expiresAt: Timestamp?
        let value: ValueInPlace

        func stored(_ key: RecordKey) -> StoredRecord {
            StoredRecord(key: key, value: value.bytes, version: version, expiresAt: expiresAt)
        }
    }

    fileprivate struct Listing: Hashable, Sendable {
        let partition: Partition
        let kind: RecordKind
    }

    private struct Cell: ~Copyable {
        let state = Mutex(Shard())
        /// Keeps the locks of two cells off one cache line, where threads would wait for each other without need.
        private let distance = InlineArray<4, UInt64>(repeating: 0)
    }

    private let cells = InlineArray<16, Cell> { _ in Cell() }
    private let clock: any WallClock

    /// - Parameter clock: The store's own clock, which only bounds `purge`.
    public init(clock: any WallClock = .system) { self.clock = clock }

    private func withShard<R: Sendable>(of partition: Partition, _ body: (inout Shard) -> R) -> R {
        cells[partition.shard(of: cells.count)].state.withLock { body(&$0) }
    }

    public func read(_ keys: [RecordKey], at now: Timestamp) async throws(StoreError) -> [StoredRecord?] {
        try ContractLimits.check(keys)
        return withShard(of: keys[0].partition) { shard in keys.map { shard.live($0, at: now) } }
    }

    public func read(_ key: RecordKey, at now: Timestamp) async throws(StoreError) -> StoredRecord? {
        // Made an array after the lock.
        withShard(of: key.partition) { $0.entry(key, at: now) }?.stored(key)
    }

    public func list(_ kind: RecordKind, in partition: Partition, after: RecordID?, limit: Int, at now: Timestamp)
        async throws(StoreError) -> [StoredRecord]
    {
        let limit = try ContractLimits.check(limit: limit)
        return withShard(of: partition) { shard in
            let ids = shard.ids[Listing(partition: partition, kind: kind)] ?? []
            var page: [StoredRecord] = []
            for id in ids[(after.map { ids.firstIndex(after: $0) } ?? 0)...] where page.count < limit {
                if let record = shard.live(RecordKey(kind, in: partition, id: id), at: now) { page.append(record) }
            }
            return page
        }
    }

    public func commit(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp)
        async throws(StoreError) -> CommitOutcome
    {
        try ContractLimits.check(changes)
        return withShard(of: changes[0].key.partition) { shard in
            for (index, change) in changes.enumerated()
            where !change.holds(on: shard.entry(change.key, at: now)?.version) {
                return .conflict(at: index)
            }
            for change in changes { shard.apply(change, version: id) }
            return .committed
        }
    }

    public func increment(_ key: CounterKey, by amount: Int, ceiling: Int?, expiresAt: Timestamp, at now: Timestamp)
        async throws(StoreError) -> IncrementOutcome
    {
        try ContractLimits.check(amount: amount, ceiling: ceiling)
        return withShard(of: key.partition) { shard in
            let (outcome, new) = CounterState.applying(
                amount, to: shard.counters[key], ceiling: ceiling, expiresAt: expiresAt, at: now)
            if let new { shard.counters[key] = new }
            return outcome
        }
    }

    public func scan(after: RecordKey?, limit: Int) async throws(StoreError) -> [StoredRecord] {
        let limit = try ContractLimits.check(limit: limit)
        // In order of shard, then key. Sorting a shard for each page is slow, and fit for maintenance.
        var page: [StoredRecord] = []
        for index in (after?.partition.shard(of: cells.count) ?? 0)..<cells.count where page.count < limit {
            let rest = cells[index].state.withLock { shard in
                shard.records.filter { key, _ in
                    guard let after, after.partition.shard(of: cells.count) == index else { return true }
                    return after < key
                }
            }
            page += rest.sorted { $0.key < $1.key }.prefix(limit - page.count).map { $1.stored($0) }
        }
        return page
    }

    public func purge(expiredBefore: Timestamp, limit: Int) async throws(StoreError) -> Int {
        let limit = try ContractLimits.check(limit: limit)
        let bound = ContractLimits.purgeBound(asked: expiredBefore, storeTime: clock.now())
        var purged = 0
        for index in cells.indices where purged < limit {
            purged += cells[index].state.withLock { shard in
                let old = shard.records.filter { $0.value.expiresAt.map { $0 < bound } ?? false }.keys
                    .prefix(limit - purged)
                for key in old { shard.drop(key) }
                let counters = shard.counters.filter { $0.value.expiresAt < bound }.prefix(limit - purged - old.count)
                for (key, _) in counters { shard.counters[key] = nil }
                return old.count + counters.count
            }
        }
        return purged
    }
}

extension InMemoryStore.Shard {
    fileprivate func entry(_ key: RecordKey, at now: Timestamp) -> InMemoryStore.Entry? {
        guard let entry = records[key], entry.expiresAt.map({ now < $0 }) ?? true else { return nil }
        return entry
    }

    fileprivate func live(_ key: RecordKey, at now: Timestamp) -> StoredRecord? { entry(key, at: now)?.stored(key) }

    fileprivate mutating func apply(_ change: RecordChange, version: CommitID) {
        switch change {
        case .create(let key, let value, let expiresAt), .replace(let key, _, let value, let expiresAt):
            let entry = InMemoryStore.Entry(version: version, expiresAt: expiresAt, value: ValueInPlace(value))
            if records.updateValue(entry, forKey: key) == nil {
                var ids = ids[listing(key)] ?? []
                ids.insert(key.id, at: ids.firstIndex(after: key.id))
                self.ids[listing(key)] = ids
            }
        case .remove(let key, _): drop(key)
        case .require: break
        }
    }

    fileprivate mutating func drop(_ key: RecordKey) {
        guard records.removeValue(forKey: key) != nil else { return }
        var ids = ids[listing(key)] ?? []
        ids.removeAll { $0 == key.id }
        self.ids[listing(key)] = ids.isEmpty ? nil : ids
    }

    private func listing(_ key: RecordKey) -> InMemoryStore.Listing { .init(partition: key.partition, kind: key.kind) }
}

extension [RecordID] {
    /// Where the first id greater than this one stands, by halving.
    fileprivate func firstIndex(after id: RecordID) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if id < self[middle] { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
