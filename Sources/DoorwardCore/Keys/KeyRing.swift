// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What a derived key is for. Each purpose has a key of its own, so that none stands in for another.
package enum KeyPurpose: String, Hashable, Sendable {
    case seal, pepper, store
}

/// The service's own secrets in use, kept apart from the store.
///
/// New data is made under the active key; the others still open what they made. Keys are never used themselves: each
/// purpose derives its own by HKDF-SHA-256 (RFC 5869). A ring that comes from a ``KeyProvider`` is read again
/// every minute, so that keys are exchanged while the service runs. (ASVS V11.2.2, V11.7.1, V13.3.1, V13.3.4)
public final class KeyRing: Sendable {
    struct State: Sendable {
        var set: KeySet
        var active: KeyID
        /// When the set was had last, and asked for last.
        var readAt: Timestamp
        var askedAt: Timestamp
        var reading: Reading?
        /// The number of the latest reading; what an earlier one finds counts no more.
        var generation: UInt64 = 0
    }

    typealias Reading = Task<Result<Void, StoreError>, Never>

    let state: Mutex<State>
    let provider: (any KeyProvider)?

    /// A ring that stays as it is; the last of its keys is the active one.
    public init(_ set: KeySet = KeySet()) {
        provider = nil
        let end = Timestamp(milliseconds: .max)
        state = Mutex(State(set: set, active: set.active(at: end), readAt: end, askedAt: end))
    }

    /// A ring that is read again now and then.
    init(_ set: KeySet, from provider: any KeyProvider, at now: Timestamp) {
        self.provider = provider
        state = Mutex(State(set: set, active: set.active(at: now), readAt: now, askedAt: now))
    }

    /// The keys as they are now.
    package var set: KeySet { state.withLock { $0.set } }

    package var active: KeyID { state.withLock { $0.active } }

    /// The key for a purpose; `nil` if the ring has no key of that name.
    package func key(_ purpose: KeyPurpose, _ id: KeyID) -> Secret? {
        guard let material = set.keys.first(where: { $0.id == id })?.material else { return nil }
        return hkdf(.sha256, key: material, salt: [], info: Array("doorward/1/\(purpose.rawValue)".utf8), length: 32)
    }
}

extension KeyRing {
    private static let sealVersion: UInt8 = 1

    /// Encrypts what must stay confidential in the store, bound to the place it is stored at.
    ///
    /// Layout: version 1 ‖ key id 8 ‖ nonce 12 ‖ ciphertext ‖ tag 16.
    package func seal(
        _ secret: Secret, for purpose: KeyPurpose = .seal, boundTo place: [[UInt8]], random: some RandomSource
    ) throws(StoreError) -> [UInt8] {
        let active = active
        guard let key = key(purpose, active) else { throw StoreError(.unavailable, "the key ring has no active key") }
        let nonce = random.bytes(AuthenticatedCipher.nonceLength)
        return [Self.sealVersion] + active.bytes + nonce
            + AuthenticatedCipher.seal(secret, key: key, nonce: nonce, associatedData: framed(place))
    }

    /// The key that a value was sealed under; `nil` for what is no sealed value.
    package static func keyID(ofSealed sealed: [UInt8]) -> KeyID? {
        sealed.count >= 9 && sealed[0] == sealVersion ? KeyID(bytes: sealed[1..<9]) : nil
    }

    /// - Throws: `corrupt` if the bytes are not what was sealed for this place; `unavailable` if the key is missing.
    package func open(_ sealed: [UInt8], for purpose: KeyPurpose = .seal, boundTo place: [[UInt8]])
        throws(StoreError) -> Secret
    {
        let head = 1 + 8 + AuthenticatedCipher.nonceLength
        guard sealed.count >= head + AuthenticatedCipher.tagLength, let id = Self.keyID(ofSealed: sealed) else {
            throw StoreError(.corrupt, "a sealed value is malformed")
        }
        guard let key = key(purpose, id) else {
            throw StoreError(.unavailable, "the key ring lacks a key that a sealed value needs")
        }
        guard
            let secret = AuthenticatedCipher.open(
                sealed[head...], key: key, nonce: Array(sealed[9..<head]), associatedData: framed(place))
        else { throw StoreError(.corrupt, "a sealed value does not verify where it is") }
        return secret
    }

    /// A sealed value under the active key; `nil` if it is already, or is under a key that the ring lacks.
    package func resealed(_ sealed: [UInt8], boundTo place: [[UInt8]], random: some RandomSource)
        throws(StoreError) -> [UInt8]?
    {
        guard let id = Self.keyID(ofSealed: sealed), id != active, key(.seal, id) != nil else { return nil }
        return try seal(open(sealed, boundTo: place), boundTo: place, random: random)
    }
}

extension KeyRing: CustomStringConvertible, CustomReflectable {
    public var description: String { "KeyRing(\(set.keys.count) keys, active \(active))" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
