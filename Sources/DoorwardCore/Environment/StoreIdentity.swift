// SPDX-License-Identifier: Apache-2.0

/// What a store is told from others by: a salt that places its records, made once and never changed, and a secret of its
/// own, sealed by its key ring, which another ring cannot open.
struct StoreIdentity: StoredValue, Hashable {
    static let kind = RecordKind.store
    /// 2: partitions are digests of other bytes than under 1, so that nobody would be found.
    static let schema: UInt64 = 2
    static let fieldCount = 2

    let salt: [UInt8]
    private(set) var sealedSecret: [UInt8]

    /// Whether the bytes say that they are another version's.
    static func isOfAnotherVersion(_ bytes: [UInt8]) -> Bool {
        var reader = CBORReader(bytes)
        guard (try? reader.array()) != nil, let found = try? reader.unsigned() else { return false }
        return found != schema
    }

    /// A new one.
    init(ring: KeyRing, random: some RandomSource) throws(StoreError) {
        salt = random.bytes(16)
        sealedSecret = try ring.seal(
            Secret(copying: random.bytes(32)), for: .store, boundTo: [salt], random: random)
    }

    /// What purposes derive keys from that must stay as they are when the ring's keys are exchanged.
    ///
    /// - Throws: `unavailable` for a ring that is not the one that the store was made with.
    func secret(_ ring: KeyRing) throws(StoreError) -> Secret {
        do throws(StoreError) { return try ring.open(sealedSecret, for: .store, boundTo: [salt]) } catch {
            throw StoreError(.unavailable, "the key ring is not the one that this store was made with")
        }
    }

    /// The key that it needs.
    var keyID: KeyID? { KeyRing.keyID(ofSealed: sealedSecret) }

    /// Needs the active key alone from now on.
    mutating func renew(_ ring: KeyRing, random: some RandomSource) throws(StoreError) {
        sealedSecret = try ring.seal(secret(ring), for: .store, boundTo: [salt], random: random)
    }

    init(from reader: inout CBORReader) throws(CBORError) {
        salt = try reader.byteString(count: 16)
        sealedSecret = try reader.byteString()
    }

    func encode(to writer: inout CBORWriter) {
        writer.byteString(salt)
        writer.byteString(sealedSecret)
    }
}
