// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// The rules for recovery codes, as changes of a working set.
package struct RecoveryCodeRules: Sendable {
    private let keys: KeyRing

    package init(keys: KeyRing) { self.keys = keys }

    package static func key(in partition: Partition) -> RecordKey {
        RecordKey(.recoveryCodes, in: partition, id: .only)
    }

    /// Codes that are left; `corrupt` if they are somebody else's.
    package static func remaining(of account: AccountID, in work: WorkingSet) throws(StoreError) -> Int {
        try owned(by: account, in: work)?.count ?? 0
    }

    /// Ten fresh codes; the old ones are worth nothing from then on.
    package func generate(for account: AccountID, random: any RandomSource, in work: inout WorkingSet)
        throws(StoreError) -> [RecoveryCode]
    {
        let codes = (0..<RecoveryCodesRecord.setSize).map { _ in RecoveryCode(from: random) }
        try put(codes.map { digest(of: $0) }, for: account, random: random, in: &work)
        return codes
    }

    /// Spends a code. Returns whether it was one of the account's.
    package func redeem(
        _ code: RecoveryCode, for account: AccountID, random: any RandomSource, in work: inout WorkingSet
    ) throws(StoreError) -> Bool {
        guard let record = try Self.owned(by: account, in: work) else { return false }
        var digests = try digests(of: record, in: work.partition)
        let wanted = digest(of: code)
        var found: Int?
        // All are compared, so that time does not tell which.
        for (index, digest) in digests.enumerated() where constantTimeEqual(digest, wanted) { found = index }
        guard let found else { return false }
        digests.remove(at: found)
        try put(digests, for: account, random: random, in: &work)
        return true
    }

    /// Seals the codes under the active key, if they are under another.
    ///
    /// - Returns: Whether they were.
    package func renew(random: any RandomSource, in work: inout WorkingSet) throws(StoreError) -> Bool {
        guard let record = try work.load(RecoveryCodesRecord.self),
            let sealed = try keys.resealed(
                record.sealed, boundTo: Self.place(record.account, in: work.partition), random: random)
        else { return false }
        work.put(RecoveryCodesRecord(account: record.account, count: record.count, sealed: sealed))
        return true
    }

    private func put(
        _ digests: [[UInt8]], for account: AccountID, random: any RandomSource, in work: inout WorkingSet
    ) throws(StoreError) {
        let sealed = try keys.seal(
            Secret(copying: digests.flatMap { $0 }), boundTo: Self.place(account, in: work.partition), random: random)
        work.put(RecoveryCodesRecord(account: account, count: digests.count, sealed: sealed))
    }

    private func digests(of record: RecoveryCodesRecord, in partition: Partition) throws(StoreError) -> [[UInt8]] {
        let bytes = try keys.open(record.sealed, boundTo: Self.place(record.account, in: partition)).copyBytes()
        let length = HashFunction.sha256.digestLength
        guard bytes.count == record.count * length else {
            throw StoreError(.corrupt, "sealed recovery codes have an impossible length")
        }
        return stride(from: 0, to: bytes.count, by: length).map { Array(bytes[$0..<$0 + length]) }
    }

    private func digest(of code: RecoveryCode) -> [UInt8] { HashFunction.sha256.hash(code.canonical) }

    private static func owned(by account: AccountID, in work: WorkingSet) throws(StoreError) -> RecoveryCodesRecord? {
        guard let record = try work.load(RecoveryCodesRecord.self) else { return nil }
        guard record.account == account else { throw StoreError(.corrupt, "recovery codes of another account") }
        return record
    }

    /// Where sealed codes are good: their record and their account.
    private static func place(_ account: AccountID, in partition: Partition) -> [[UInt8]] {
        [bigEndianBytes(UInt64(RecordKind.recoveryCodes.code)), partition.bytes, account.bytes]
    }
}
