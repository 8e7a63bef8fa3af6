// SPDX-License-Identifier: Apache-2.0

/// Names a key of a ring: 8 random bytes, not secret.
public struct KeyID: Hashable, Sendable, CustomStringConvertible {
    public let bytes: [UInt8]

    /// `nil` unless there are 8 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 8 else { return nil }
        self.bytes = Array(bytes)
    }

    public var description: String { Hex.encode(bytes) }
}

/// What a derived key is for. Each purpose has a key of its own, so that none stands in for another.
package enum KeyPurpose: String, Hashable, Sendable {
    case seal, pepper, recoveryCodes, phantoms, storeCheck
}

/// The service's own secrets: named 32-byte keys, one of them active, kept apart from the store.
///
/// New data is made under the active key; the others still open what they made. Keys are never used themselves: each
/// purpose derives its own by HKDF-SHA-256 (RFC 5869). (ASVS V11.7.1, V13.3.1)
public struct KeyRing: Sendable {
    package let keys: [(id: KeyID, material: Secret)]
    package let active: KeyID

    /// A ring of one fresh key.
    public init(generating random: some RandomSource = SystemRandomSource()) {
        let id = KeyID(unchecked: random.bytes(8))
        keys = [(id, Secret(copying: random.bytes(32)))]
        active = id
    }

    /// `nil` unless each key has 32 bytes, ids differ, and the active one is among them.
    package init?(keys: [(id: KeyID, material: Secret)], active: KeyID) {
        guard keys.allSatisfy({ $0.material.count == 32 }), Set(keys.map(\.id)).count == keys.count,
            keys.contains(where: { $0.id == active })
        else { return nil }
        self.keys = keys
        self.active = active
    }

    /// The key for a purpose; `nil` if the ring has no key of that name.
    package func key(_ purpose: KeyPurpose, _ id: KeyID? = nil) -> Secret? {
        let id = id ?? active
        guard let material = keys.first(where: { $0.id == id })?.material else { return nil }
        return hkdf(.sha256, key: material, salt: [], info: Array("doorward/1/\(purpose.rawValue)".utf8), length: 32)
    }

    /// HMAC-SHA-256 under the active key of a purpose, the fields framed.
    package func authenticate(_ fields: [[UInt8]], purpose: KeyPurpose, key id: KeyID? = nil) -> [UInt8]? {
        key(purpose, id).map { hmac(.sha256, key: $0, framed(fields)) }
    }
}

extension KeyRing {
    private static let sealVersion: UInt8 = 1

    /// Encrypts what must stay confidential in the store, bound to the place it is stored at.
    ///
    /// Layout: version 1 ‖ key id 8 ‖ nonce 12 ‖ ciphertext ‖ tag 16.
    package func seal(_ secret: Secret, boundTo place: [[UInt8]], random: some RandomSource) throws(StoreError)
        -> [UInt8]
    {
        guard let key = key(.seal) else { throw StoreError(.unavailable, "the key ring has no active key") }
        let nonce = random.bytes(AuthenticatedCipher.nonceLength)
        return [Self.sealVersion] + active.bytes + nonce
            + AuthenticatedCipher.seal(secret, key: key, nonce: nonce, associatedData: framed(place))
    }

    /// - Throws: `corrupt` if the bytes are not what was sealed for this place; `unavailable` if the key is missing.
    package func open(_ sealed: [UInt8], boundTo place: [[UInt8]]) throws(StoreError) -> Secret {
        let head = 1 + 8 + AuthenticatedCipher.nonceLength
        guard sealed.count >= head + AuthenticatedCipher.tagLength, sealed[0] == Self.sealVersion,
            let id = KeyID(bytes: sealed[1..<9])
        else { throw StoreError(.corrupt, "a sealed value is malformed") }
        guard let key = key(.seal, id) else {
            throw StoreError(.unavailable, "the key ring lacks a key that a sealed value needs")
        }
        guard
            let secret = AuthenticatedCipher.open(
                sealed[head...], key: key, nonce: Array(sealed[9..<head]), associatedData: framed(place))
        else { throw StoreError(.corrupt, "a sealed value does not verify where it is") }
        return secret
    }
}

extension KeyRing: CustomStringConvertible, CustomReflectable {
    public var description: String { "KeyRing(\(keys.count) keys, active \(active))" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension KeyID {
    fileprivate init(unchecked bytes: [UInt8]) { self.bytes = bytes }
}
