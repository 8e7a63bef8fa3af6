// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import DoorwardOTP
import DoorwardPasswords

/// A key of the ring, and what still needs it.
public struct KeyUsage: Hashable, Sendable {
    public enum State: String, Hashable, Sendable {
        /// New data is made under it.
        case active
        /// Known already, to become the active one.
        case coming
        /// Was the active one, and opens what it made.
        case kept
        /// Records need it, and the ring lacks it: they cannot be used.
        case missing
    }

    public let id: KeyID
    public let state: State
    /// Since when, or from when on, it is the active one; `nil` for a missing one.
    public let activeFrom: Timestamp?
    /// Passwords: each comes under the active key when its owner signs in.
    public var passwords = 0
    /// Former passwords that may not come back; ``Gatekeeper/renewKeys(progress:)`` forgets them.
    public var formerPasswords = 0
    /// Secrets of authenticators.
    public var authenticators = 0
    /// Sets of recovery codes.
    public var recoveryCodes = 0
    /// Addresses.
    public var addresses = 0
    /// Whether the store itself needs it.
    public var isStoreKey = false

    /// How many things need it.
    public var total: Int {
        passwords + formerPasswords + authenticators + recoveryCodes + addresses + (isStoreKey ? 1 : 0)
    }
}

extension Gatekeeper {
    /// The ring's keys, in the order in which they become active, with nothing counted.
    public var keys: [KeyUsage] {
        let now = environment.clock.now()
        let set = environment.keys.set
        let active = set.active(at: now)
        return set.keys.map { key in
            let state: KeyUsage.State = key.id == active ? .active : key.activeFrom > now ? .coming : .kept
            return KeyUsage(id: key.id, state: state, activeFrom: key.activeFrom)
        }
    }

    /// Which keys there are, and what needs each: looks at every record of the store.
    ///
    /// - Parameter progress: Told how many records have been looked at.
    /// - Throws: *Unavailable*, also for a damaged record, of which nobody knows what it needs.
    public func keyUsage(progress: (Int) -> Void = { _ in }) async throws(GatekeeperError) -> [KeyUsage] {
        try await flow {
            let storeKey = try await environment.identityKeyID()
            var usage = keys
            func count(_ id: KeyID, _ what: WritableKeyPath<KeyUsage, Int>) {
                usage[place(of: id)][keyPath: what] += 1
            }
            func place(of id: KeyID) -> Int {
                if let place = usage.firstIndex(where: { $0.id == id }) { return place }
                usage.append(KeyUsage(id: id, state: .missing, activeFrom: nil))
                return usage.count - 1
            }
            try await environment.walk(progress: progress) { stored in
                for need in try Self.needs(of: stored) { count(need.key, need.what) }
            }
            if let storeKey { usage[place(of: storeKey)].isStoreKey = true }
            return usage
        }
    }
    /// The keys that a record cannot do without.
    static func needs(of stored: StoredRecord) throws(StoreError) -> [(
        key: KeyID, what: WritableKeyPath<KeyUsage, Int>
    )] {
        var needs: [(key: KeyID?, what: WritableKeyPath<KeyUsage, Int>)] = []
        switch stored.key.kind {
        case .passwords:
            let record = try PasswordRecord(stored: stored.value)
            needs = [(record.hash.keyID, \.passwords)] + record.previous.map { ($0.keyID, \.formerPasswords) }
        case .authenticators:
            needs = try AuthenticatorsRecord(stored: stored.value).entries.map {
                (KeyRing.keyID(ofSealed: $0.sealedSecret), \.authenticators)
            }
        case .recoveryCodes:
            let record = try RecoveryCodesRecord(stored: stored.value)
            needs = [(KeyRing.keyID(ofSealed: record.sealed), \.recoveryCodes)]
        case .contacts:
            let record = try ContactRecord(stored: stored.value)
            needs = [(KeyRing.keyID(ofSealed: record.sealedAddress), \.addresses)]
        default: break
        }
        return needs.compactMap { need in need.key.map { ($0, need.what) } }
    }
}
