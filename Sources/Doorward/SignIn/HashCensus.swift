// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardPasswords

/// How many accounts have which sort of hash. An account without a password answers as one of them would, chosen by its
/// id: so the time that a denial takes tells no more than how the sorts are spread.
struct HashCensus: StoredValue, Hashable {
    static let kind = RecordKind.hashCensus
    static let fieldCount = 1
    /// Sorts that are kept, the most frequent ones.
    static let sorts = 32

    static let key = RecordKey(kind, in: .store, id: .only)

    struct Sort: Hashable {
        let hash: StoredHash
        let count: UInt64
    }

    /// In one order, the same in every process.
    let counts: [Sort]
    private let total: UInt64

    init(_ counts: [StoredHash: UInt64]) {
        let all = counts.map { hash, count in
            var writer = CBORWriter()
            writer.hash(hash)
            return (encoded: writer.bytes, sort: Sort(hash: hash, count: min(count, Self.most)))
        }.sorted { $0.encoded.lexicographicallyPrecedes($1.encoded) }
        let least = all.map(\.sort.count).sorted(by: >).prefix(Self.sorts).last ?? 0
        self.init(ordered: Array(all.filter { $0.sort.count >= least }.prefix(Self.sorts).map(\.sort)))
    }

    private init(ordered: [Sort]) {
        counts = ordered
        total = ordered.reduce(0) { $0 + $1.count }
    }

    /// Of one sort: so the sum does not overflow, whatever is stored.
    private static let most: UInt64 = 1 << 48

    /// The sort that an account without a password answers like; `nil` if nobody has one.
    func pick(for account: AccountID) -> StoredHash? {
        guard total > 0 else { return nil }
        let digest = HashFunction.sha256.hash(framed([Array("doorward/dummy".utf8), account.bytes]))
        // A share of the whole, so that the few whose sort changes with the counts are those that accounts leave too.
        var place = total.multipliedFullWidth(by: digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }).high
        for sort in counts {
            if place < sort.count { return sort.hash }
            place -= sort.count
        }
        return nil
    }

    init(from reader: inout CBORReader) throws(CBORError) {
        let count = try reader.array()
        guard count <= Self.sorts else { throw CBORError(reason: "too many sorts") }
        var counts: [Sort] = []
        for _ in 0..<count {
            try reader.array(count: 2)
            let hash = try reader.hash()
            counts.append(Sort(hash: hash, count: min(try reader.unsigned(), Self.most)))
        }
        self.init(ordered: counts)
    }

    func encode(to writer: inout CBORWriter) {
        writer.array(count: counts.count)
        for sort in counts {
            writer.array(count: 2)
            writer.hash(sort.hash)
            writer.unsigned(sort.count)
        }
    }
}
