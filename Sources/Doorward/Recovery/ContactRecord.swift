// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

/// Where an account's owner is reached, sealed: what was confirmed, or what an administrator vouched for.
struct ContactRecord: StoredValue, Hashable {
    static let kind = RecordKind.contacts
    static let fieldCount = 2

    let account: AccountID
    private(set) var sealedAddress: [UInt8]

    static func key(in partition: Partition) -> RecordKey { RecordKey(kind, in: partition, id: .only) }

    init(account: AccountID, address: String, in partition: Partition, _ environment: AuthEnvironment)
        throws(StoreError)
    {
        self.account = account
        sealedAddress = try environment.keys.seal(
            Secret(copying: address.utf8), boundTo: Self.place(account, partition), random: environment.random)
    }

    func address(in partition: Partition, _ keys: KeyRing) throws(StoreError) -> String {
        let bytes = try keys.open(sealedAddress, boundTo: Self.place(account, partition)).copyBytes()
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw StoreError(.corrupt, "a sealed address is not text")
        }
        return text
    }

    /// Seals it under the active key, if it is under another. Returns whether it was.
    mutating func renew(in partition: Partition, _ environment: AuthEnvironment) throws(StoreError) -> Bool {
        let place = Self.place(account, partition)
        guard
            let sealed = try environment.keys.resealed(sealedAddress, boundTo: place, random: environment.random)
        else { return false }
        sealedAddress = sealed
        return true
    }

    private static func place(_ account: AccountID, _ partition: Partition) -> [[UInt8]] {
        [bigEndianBytes(UInt64(kind.code)), partition.bytes, account.bytes]
    }

    init(from reader: inout CBORReader) throws(CBORError) {
        account = try reader.account()
        sealedAddress = try reader.byteString()
    }

    func encode(to writer: inout CBORWriter) {
        writer.account(account)
        writer.byteString(sealedAddress)
    }
}

extension Gatekeeper {
    /// Where an account's owner is reached, if that is known and confirmed.
    func address(of record: AccountRecord, _ target: Attempted, in work: WorkingSet) throws(StoreError) -> String? {
        // Where the service's own table names one, that is the one that is looked after.
        if let address = target.entry?.address { return address }
        guard let contact = try work.load(ContactRecord.self), contact.account == record.account else { return nil }
        return try contact.address(in: work.partition, environment.keys)
    }
}
