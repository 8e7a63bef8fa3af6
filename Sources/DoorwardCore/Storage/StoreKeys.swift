// SPDX-License-Identifier: Apache-2.0

/// What sort of thing a record is. An open set: a number that is written into stores, and never reused.
public struct RecordKind: Hashable, Sendable, Comparable {
    public let code: UInt16

    /// Codes below 1024 are Doorward's.
    public init(code: UInt16) { self.code = code }

    public static func < (a: RecordKind, b: RecordKind) -> Bool { a.code < b.code }

    package static let store = RecordKind(code: 1)
    package static let names = RecordKind(code: 2)
    package static let accounts = RecordKind(code: 3)
    package static let passwords = RecordKind(code: 4)
    package static let authenticators = RecordKind(code: 5)
    package static let recoveryCodes = RecordKind(code: 6)
    package static let seats = RecordKind(code: 7)
    package static let sessions = RecordKind(code: 8)
    package static let pendingSignIns = RecordKind(code: 9)
    package static let attempts = RecordKind(code: 10)
    package static let addressFailures = RecordKind(code: 11)
    package static let hashCensus = RecordKind(code: 12)
    package static let deliveries = RecordKind(code: 13)
    package static let contacts = RecordKind(code: 14)
    package static let devices = RecordKind(code: 15)
    package static let auditEntries = RecordKind(code: 16)
    package static let auditHeads = RecordKind(code: 17)
    package static let auditChains = RecordKind(code: 18)
}

/// Where records live together: 16 bytes, the same for all that one account owns.
///
/// It is placement, never ownership: a commit and a read touch one partition, so that any engine with transactions
/// inside a partition can serve. Records name their account, and whoever lists or revokes compares it.
public struct Partition: Hashable, Sendable, Comparable {
    @usableFromInline let value: SixteenBytes

    /// `nil` unless there are 16 bytes.
    @inlinable
    public init?(bytes: some Collection<UInt8>) {
        guard let value = unsafe bytes.withRawBytes({ unsafe SixteenBytes($0) }) else { return nil }
        self.value = value
    }

    init(_ value: SixteenBytes) { self.value = value }

    /// The first sixteen bytes of a digest.
    init(digest: ThirtyTwoBytes) { value = digest.high }

    public var bytes: [UInt8] { value.bytes }

    /// The same bytes as two words.
    package var words: (UInt64, UInt64) { value.words }

    public static func < (a: Partition, b: Partition) -> Bool { a.value < b.value }

    /// The one partition whose place does not depend on the store's salt: it holds the salt.
    package static let store = Partition(SixteenBytes(words: (0, 0)))

    /// Spreads partitions over a power of two of shards.
    package func shard(of count: Int) -> Int { value.shard(of: count) }
}

/// A record's name within its kind and partition: up to 32 bytes, compared as bytes.
///
/// An id that somebody else chooses is digested before it comes here.
public struct RecordID: Hashable, Sendable, Comparable {
    /// The bytes, and zeros behind them.
    @usableFromInline let value: ThirtyTwoBytes
    @usableFromInline let count: UInt8

    /// `nil` beyond 32 bytes.
    @inlinable
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count <= 32 else { return nil }
        self = unsafe bytes.withRawBytes { unsafe RecordID(first: $0) }
    }

    @usableFromInline
    init(first bytes: UnsafeRawBufferPointer) {
        value = unsafe ThirtyTwoBytes(first: bytes)
        count = UInt8(min(bytes.count, 32))
    }

    /// For kinds of which an account has one record.
    package static let only = unsafe RecordID(first: UnsafeRawBufferPointer(start: nil, count: 0))

    /// SHA-256 of what others choose.
    package init(digesting secret: UnsafeRawBufferPointer) {
        value = unsafe sha256(secret)
        count = 32
    }

    package init(digesting secret: Secret) { self = unsafe secret.withUnsafeBytes { unsafe RecordID(digesting: $0) } }

    /// A name of our own, cut to 32 bytes.
    package init(label: String) {
        self = unsafe label.utf8.withRawBytes { unsafe RecordID(first: $0) }
    }

    public var bytes: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }

    /// All bytes in one word, for hashing.
    fileprivate var folded: UInt64 {
        let (a, b, c, d) = value.words
        return a ^ (b << 16 | b >> 48) ^ (c << 32 | c >> 32) ^ (d << 48 | d >> 16)
    }

    /// Lends the bytes, for C.
    package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try unsafe Swift.withUnsafeBytes(of: value.words) {
            try unsafe body(UnsafeRawBufferPointer(rebasing: $0[..<Int(count)]))
        }
    }

    // The first byte that differs decides; where one ends before, the zeros make it the smaller, or the counts.
    public static func < (a: RecordID, b: RecordID) -> Bool { (a.value, a.count) < (b.value, b.count) }
}

/// The full name of a record.
public struct RecordKey: Hashable, Sendable, Comparable {
    public let kind: RecordKind
    public let partition: Partition
    public let id: RecordID

    public init(_ kind: RecordKind, in partition: Partition, id: RecordID) {
        self.kind = kind
        self.partition = partition
        self.id = id
    }

    /// Two words stand for all: whoever could choose ids could make them meet, but what others choose is digested.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(partition.words.1 ^ UInt64(kind.code))
        hasher.combine(id.folded)
    }

    /// All of it in one word, which few other keys have.
    package var folded: UInt64 { partition.words.0 ^ partition.words.1 ^ UInt64(kind.code) ^ id.folded }

    /// By partition, then kind, then id.
    public static func < (a: RecordKey, b: RecordKey) -> Bool {
        (a.partition, a.kind, a.id) < (b.partition, b.kind, b.id)
    }
}

/// The name of a rate counter. Counters and records do not share names.
public typealias CounterKey = RecordKey

/// The name of one commit: 16 random bytes chosen by whoever commits. It becomes the version of all that it writes.
///
/// So a version never repeats, the committer knows it beforehand, and a commit whose reply was lost can be sent again.
public struct CommitID: Hashable, Sendable {
    @usableFromInline let value: SixteenBytes

    /// `nil` unless there are 16 bytes.
    @inlinable
    public init?(bytes: some Collection<UInt8>) {
        guard let value = unsafe bytes.withRawBytes({ unsafe SixteenBytes($0) }) else { return nil }
        self.value = value
    }

    public var bytes: [UInt8] { value.bytes }

    /// The same bytes as two words.
    package var words: (UInt64, UInt64) { value.words }

    /// A new one.
    public init(from random: some RandomSource) {
        value = unsafe random.bytes(16).withUnsafeBytes { unsafe SixteenBytes(first: $0) }
    }
}
