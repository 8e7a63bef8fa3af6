// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// An account's unused recovery codes, as keyed hashes, in one record.
///
/// *Atomic:* a code is spent by replacing the record without it, and a new set replaces the whole; so a code used
/// while a new set is made is either used before or worth nothing.
package struct RecoveryCodesRecord: StoredValue, Hashable {
    package static let kind = RecordKind.recoveryCodes
    package static let fieldCount = 3
    package static let setSize = 10

    package let account: AccountID
    package let key: KeyID
    package var hashes: [[UInt8]]

    package init(account: AccountID, key: KeyID, hashes: [[UInt8]]) {
        self.account = account
        self.key = key
        self.hashes = hashes
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
        account = try reader.account()
        guard let key = KeyID(bytes: try reader.byteString()) else { throw CBORError(reason: "not a key id") }
        self.key = key
        hashes = []
        let count = try reader.array()
        guard count <= Self.setSize else { throw CBORError(reason: "too many codes") }
        for _ in 0..<count { hashes.append(try reader.byteString(count: 32)) }
    }

    package func encode(to writer: inout CBORWriter) {
        writer.account(account)
        writer.byteString(key.bytes)
        writer.array(count: hashes.count)
        for hash in hashes { writer.byteString(hash) }
    }
}

/// The rules for recovery codes, as changes of a working set.
package struct RecoveryCodeRules: Sendable {
    private let keys: KeyRing

    package init(keys: KeyRing) { self.keys = keys }

    package static func key(in partition: Partition) -> RecordKey {
        RecordKey(.recoveryCodes, in: partition, id: .only)
    }

    /// Codes that are left; `corrupt` if they are somebody else's.
    package static func remaining(of account: AccountID, in work: WorkingSet) throws(StoreError) -> Int {
        try owned(by: account, in: work)?.hashes.count ?? 0
    }

    /// Ten fresh codes; the old ones are worth nothing from then on.
    package func generate(for account: AccountID, random: any RandomSource, in work: inout WorkingSet)
        throws(StoreError) -> [RecoveryCode]
    {
        let codes = (0..<RecoveryCodesRecord.setSize).map { _ in RecoveryCode(from: random) }
        var hashes: [[UInt8]] = []
        for code in codes { hashes.append(try hash(code, of: account, key: keys.active)) }
        work.put(RecoveryCodesRecord(account: account, key: keys.active, hashes: hashes))
        return codes
    }

    /// Spends a code. Returns whether it was one of the account's.
    package func redeem(_ code: RecoveryCode, for account: AccountID, in work: inout WorkingSet)
        throws(StoreError) -> Bool
    {
        guard var record = try Self.owned(by: account, in: work) else { return false }
        let wanted = try hash(code, of: account, key: record.key)
        var found: Int?
        // All are compared, so that time does not tell which.
        for (index, hash) in record.hashes.enumerated() where constantTimeEqual(hash, wanted) { found = index }
        guard let found else { return false }
        record.hashes.remove(at: found)
        work.put(record)
        return true
    }

    private static func owned(by account: AccountID, in work: WorkingSet) throws(StoreError) -> RecoveryCodesRecord? {
        guard let record = try work.load(RecoveryCodesRecord.self) else { return nil }
        guard record.account == account else { throw StoreError(.corrupt, "recovery codes of another account") }
        return record
    }

    private func hash(_ code: RecoveryCode, of account: AccountID, key: KeyID) throws(StoreError) -> [UInt8] {
        guard
            let hash = keys.authenticate(
                [account.bytes, code.canonical.copyBytes()], purpose: .recoveryCodes, key: key)
        else { throw StoreError(.unavailable, "the key ring lacks the key of an account's recovery codes") }
        return hash
    }
}
