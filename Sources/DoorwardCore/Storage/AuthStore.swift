// SPDX-License-Identifier: Apache-2.0

/// The storage contract: six verbs, one of them with a shorter way for one record, on which every promise of Doorward rests.
///
/// No verb reads and then writes. All changes are conditional, all or nothing, and the reply is the verdict. What must
/// be exact is a record; `increment` is for rates.
///
/// ## The contract
///
/// 1. **Expiry.** A record or counter whose `expiresAt` is not after `now` is as absent, in every verb and condition,
///    to the millisecond. Only the `now` that the caller hands in counts, never the store's clock; where it steps back,
///    what was over lives again.
/// 2. **Versions.** The version of a record is the ``CommitID`` of the commit that wrote it.
/// 3. **Commit.** Conditions are judged against one state, and all changes land or none. A conflict names the first
///    failing change in the order given. Once `commit` returned `.committed`, the changes survive the death of the
///    process and, for a store that claims durability, of the machine's power.
/// 4. **Linearisable.** A read is one snapshot, and one that begins after a commit returned sees that commit, on every
///    handle, in every process and on every node.
/// 5. **Bytes.** Ids and values are bytes, of any content, compared as bytes. Kinds, partitions, records and counters
///    are apart.
/// 6. **Misuse.** Two partitions in one `read` or `commit`, a key twice, more than 64 changes, more than 128 keys, a
///    value over 64 KiB, a limit below 1, a ceiling below zero or an amount beyond 2⁵³ is
///    ``StoreError/Code/misuse``, and nothing happens.
/// 7. **Errors.** ``StoreError/Code/unavailable`` means that nothing happened; if something may have happened, it is
///    ``StoreError/Code/outcomeUnknown``. A fault is never a verdict, and when it is over, the same handle works again.
/// 8. **Counters.** An addition lands whole or not at all, never beyond the ceiling, and keeps the end that the first
///    one set. Giving back needs a live counter of the end it names, and stops at zero. Zero only reads.
/// 9. **Pages.** A page holds no more than its limit. `list` ascends by id as bytes and shows once what exists
///    throughout; `scan` shows it at least once, expired or not.
/// 10. **Purge.** What ended before the bound goes, at most as many as the limit; nothing of the last hour by the
///    store's own clock, and nothing that was written anew meanwhile.
///
/// `StoreConformanceCheck` in `DoorwardTesting` holds a store to these, clause by clause.
public protocol AuthStore: Sendable {
    /// Up to 128 records of one partition as one snapshot, `nil` where there is none, in the order of the keys.
    func read(_ keys: [RecordKey], at now: Timestamp) async throws(StoreError) -> [StoredRecord?]

    /// One record, `nil` if there is none at that time: what each session check asks. Made from the one above by whoever
    /// has no shorter way.
    func read(_ key: RecordKey, at now: Timestamp) async throws(StoreError) -> StoredRecord?

    /// Records of a kind in ascending order of id as bytes, at most `limit`, beginning after an id. Pages are not one
    /// snapshot.
    func list(_ kind: RecordKind, in partition: Partition, after: RecordID?, limit: Int, at now: Timestamp)
        async throws(StoreError) -> [StoredRecord]

    /// Applies up to 64 changes in one partition, all or none.
    func commit(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp) async throws(StoreError) -> CommitOutcome

    /// Adds to a counter if the result stays within the ceiling.
    ///
    /// The first addition makes the counter and sets its expiry; later ones keep it. A negative amount gives back: it
    /// needs a live counter whose expiry is exactly the one given, never goes below zero, and ignores the ceiling. Zero
    /// only reads. A refused or empty call reports the state as it is.
    func increment(_ key: CounterKey, by amount: Int, ceiling: Int?, expiresAt: Timestamp, at now: Timestamp)
        async throws(StoreError) -> IncrementOutcome

    /// Records of all partitions, expired ones too, in any order. What exists throughout a walk from `nil` to an empty
    /// page appears at least once. For maintenance.
    func scan(after: RecordKey?, limit: Int) async throws(StoreError) -> [StoredRecord]

    /// Deletes at most `limit` records and counters that expired before the given time, and never any that expired
    /// less than an hour ago by the store's own clock. Returns how many.
    func purge(expiredBefore: Timestamp, limit: Int) async throws(StoreError) -> Int
}

extension AuthStore {
    public func read(_ key: RecordKey, at now: Timestamp) async throws(StoreError) -> StoredRecord? {
        let records = try await read([key], at: now)
        guard records.count == 1, let record = records.first, record == nil || record?.key == key else {
            throw .mixedUp(isChange: false)
        }
        return record
    }
}

/// A record as it is in the store.
public struct StoredRecord: Hashable, Sendable {
    public let key: RecordKey
    public let value: [UInt8]
    public let version: CommitID
    public let expiresAt: Timestamp?

    public init(key: RecordKey, value: [UInt8], version: CommitID, expiresAt: Timestamp?) {
        self.key = key
        self.value = value
        self.version = version
        self.expiresAt = expiresAt
    }

    /// Whether the record is as absent at that time.
    public func isExpired(at now: Timestamp) -> Bool { expiresAt.map { now >= $0 } ?? false }
}

/// One conditional change.
public enum RecordChange: Hashable, Sendable {
    /// The record must be absent.
    case create(RecordKey, value: [UInt8], expiresAt: Timestamp?)
    /// The record must be there, in that version.
    case replace(RecordKey, at: CommitID, value: [UInt8], expiresAt: Timestamp?)
    /// The record must be there in that version; without one, whatever is there goes, also nothing.
    case remove(RecordKey, at: CommitID?)
    /// The record must be there in that version; without one, it must be absent. Writes nothing.
    case require(RecordKey, at: CommitID?)

    public var key: RecordKey {
        switch self {
        case .create(let key, _, _), .replace(let key, _, _, _), .remove(let key, _), .require(let key, _): key
        }
    }

    /// Whether the condition holds on what is there (`nil` if absent or expired).
    public func holds(on current: CommitID?) -> Bool {
        switch self {
        case .create: current == nil
        case .replace(_, let version, _, _): current == version
        case .remove(_, let version): version == nil || current == version
        case .require(_, let version): current == version
        }
    }
}

/// What became of a commit.
public enum CommitOutcome: Hashable, Sendable {
    case committed
    /// Nothing was changed; the change at this index is the first whose condition failed.
    case conflict(at: Int)
}

/// What became of an addition.
public struct IncrementOutcome: Hashable, Sendable {
    /// Whether the amount was added.
    public let isApplied: Bool
    /// The value afterwards.
    public let value: Int
    /// When the counter ends.
    public let expiresAt: Timestamp

    public init(isApplied: Bool, value: Int, expiresAt: Timestamp) {
        self.isApplied = isApplied
        self.value = value
        self.expiresAt = expiresAt
    }
}
