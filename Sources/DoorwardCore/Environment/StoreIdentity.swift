// SPDX-License-Identifier: Apache-2.0

/// What a store is told from others by: a salt that places its records, made once and never changed, and a value that
/// only its own key ring can make.
struct StoreIdentity: StoredValue, Hashable {
    static let kind = RecordKind.store
    static let fieldCount = 3

    let salt: [UInt8]
    let checkKey: KeyID
    let check: [UInt8]

    init(salt: [UInt8], ring: KeyRing) throws(StoreError) {
        guard let check = ring.authenticate([salt], purpose: .storeCheck) else {
            throw StoreError(.unavailable, "the key ring has no active key")
        }
        self.salt = salt
        self.check = check
        checkKey = ring.active
    }

    /// Whether the ring is the one that the store was made with.
    func belongs(to ring: KeyRing) -> Bool {
        guard let expected = ring.authenticate([salt], purpose: .storeCheck, key: checkKey) else { return false }
        return constantTimeEqual(expected, check)
    }

    init(from reader: inout CBORReader) throws(CBORError) {
        salt = try reader.byteString(count: 16)
        guard let id = KeyID(bytes: try reader.byteString()) else { throw CBORError(reason: "not a key id") }
        checkKey = id
        check = try reader.byteString(count: 32)
    }

    func encode(to writer: inout CBORWriter) {
        writer.byteString(salt)
        writer.byteString(checkKey.bytes)
        writer.byteString(check)
    }
}
