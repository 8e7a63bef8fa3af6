// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// A store that asks another one. Conforming types say only where they differ.
public protocol StoreWrapper: AuthStore {
    var base: any AuthStore { get }
}

extension StoreWrapper {
    public func read(_ keys: [RecordKey], at now: Timestamp) async throws(StoreError) -> [StoredRecord?] {
        try await base.read(keys, at: now)
    }

    public func list(_ kind: RecordKind, in partition: Partition, after: RecordID?, limit: Int, at now: Timestamp)
        async throws(StoreError) -> [StoredRecord]
    {
        try await base.list(kind, in: partition, after: after, limit: limit, at: now)
    }

    public func commit(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp)
        async throws(StoreError) -> CommitOutcome
    {
        try await base.commit(id, changes, at: now)
    }

    public func increment(_ key: CounterKey, by amount: Int, ceiling: Int?, expiresAt: Timestamp, at now: Timestamp)
        async throws(StoreError) -> IncrementOutcome
    {
        try await base.increment(key, by: amount, ceiling: ceiling, expiresAt: expiresAt, at: now)
    }

    public func scan(after: RecordKey?, limit: Int) async throws(StoreError) -> [StoredRecord] {
        try await base.scan(after: after, limit: limit)
    }

    public func purge(expiredBefore: Timestamp, limit: Int) async throws(StoreError) -> Int {
        try await base.purge(expiredBefore: expiredBefore, limit: limit)
    }
}
