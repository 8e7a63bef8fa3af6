// SPDX-License-Identifier: Apache-2.0

/// One question to a store, as a value: what a store carries to another thread, process or machine.
public enum StoreRequest: Hashable, Sendable {
    case read([RecordKey], at: Timestamp)
    case list(RecordKind, Partition, after: RecordID?, limit: Int, at: Timestamp)
    case commit(CommitID, [RecordChange], at: Timestamp)
    case increment(CounterKey, by: Int, ceiling: Int?, expiresAt: Timestamp, at: Timestamp)
    case scan(after: RecordKey?, limit: Int)
    case purge(expiredBefore: Timestamp, limit: Int)

    /// Whether it may change something, so that a lost reply leaves its outcome unknown.
    public var isChange: Bool {
        switch self {
        case .read, .list, .scan: false
        case .commit, .purge: true
        case .increment(_, let amount, _, _, _): amount != 0
        }
    }
}

/// The answer to a ``StoreRequest``.
public enum StoreReply: Hashable, Sendable {
    /// To `read`, in the order of the keys; expired records may still be among them.
    case records([StoredRecord?])
    /// To `list` and `scan`.
    case page([StoredRecord])
    case commit(CommitOutcome)
    case increment(IncrementOutcome)
    /// To `purge`.
    case count(Int)
}

/// A store that answers requests one way, whichever of the six verbs they are.
///
/// The verbs are made from it: they refuse what the sixth clause calls misuse, cut limits to
/// ``ContractLimits/pageSize``, and leave expired records out of what was read. So ``answer(_:)`` sees only requests
/// that keep the contract.
public protocol RequestStore: AuthStore {
    func answer(_ request: StoreRequest) async throws(StoreError) -> StoreReply
}

extension RequestStore {
    public func read(_ keys: [RecordKey], at now: Timestamp) async throws(StoreError) -> [StoredRecord?] {
        try ContractLimits.check(keys)
        guard case .records(var records) = try await answer(.read(keys, at: now)), records.count == keys.count
        else { throw .mixedUp(isChange: false) }
        for index in keys.indices { records[index] = try Self.own(records[index], keys[index], at: now) }
        return records
    }

    public func read(_ key: RecordKey, at now: Timestamp) async throws(StoreError) -> StoredRecord? {
        guard case .records(let records) = try await answer(.read([key], at: now)), records.count == 1
        else { throw .mixedUp(isChange: false) }
        return try Self.own(records[0], key, at: now)
    }

    /// The record of a key, while it lives.
    private static func own(_ record: StoredRecord?, _ key: RecordKey, at now: Timestamp)
        throws(StoreError) -> StoredRecord?
    {
        guard let record else { return nil }
        guard record.key == key else { throw .mixedUp(isChange: false) }
        return record.isExpired(at: now) ? nil : record
    }

    public func list(_ kind: RecordKind, in partition: Partition, after: RecordID?, limit: Int, at now: Timestamp)
        async throws(StoreError) -> [StoredRecord]
    {
        let limit = try ContractLimits.check(limit: limit)
        let request = StoreRequest.list(kind, partition, after: after, limit: limit, at: now)
        guard case .page(let page) = try await answer(request) else { throw .mixedUp(isChange: false) }
        return page
    }

    public func commit(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp)
        async throws(StoreError) -> CommitOutcome
    {
        try ContractLimits.check(changes)
        guard case .commit(let outcome) = try await answer(.commit(id, changes, at: now)) else {
            throw .mixedUp(isChange: true)
        }
        return outcome
    }

    public func increment(_ key: CounterKey, by amount: Int, ceiling: Int?, expiresAt: Timestamp, at now: Timestamp)
        async throws(StoreError) -> IncrementOutcome
    {
        try ContractLimits.check(amount: amount, ceiling: ceiling)
        let request = StoreRequest.increment(key, by: amount, ceiling: ceiling, expiresAt: expiresAt, at: now)
        guard case .increment(let outcome) = try await answer(request) else {
            throw .mixedUp(isChange: request.isChange)
        }
        return outcome
    }

    public func scan(after: RecordKey?, limit: Int) async throws(StoreError) -> [StoredRecord] {
        let limit = try ContractLimits.check(limit: limit)
        guard case .page(let page) = try await answer(.scan(after: after, limit: limit)) else {
            throw .mixedUp(isChange: false)
        }
        return page
    }

    public func purge(expiredBefore: Timestamp, limit: Int) async throws(StoreError) -> Int {
        let limit = try ContractLimits.check(limit: limit)
        let request = StoreRequest.purge(expiredBefore: expiredBefore, limit: limit)
        guard case .count(let count) = try await answer(request) else { throw .mixedUp(isChange: true) }
        return count
    }
}
