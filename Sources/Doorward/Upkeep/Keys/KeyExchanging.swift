// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// What became of a key that was to go.
@nonexhaustive
public enum KeyRetirement: Hashable, Sendable {
    /// It is gone from the file.
    case retired
    /// It is the active one, or is to be.
    case active
    /// Some process may still use it; for so long.
    case tooEarly(Duration)
    /// Records need it.
    case inUse(KeyUsage)
    /// The ring has no such key.
    case notFound
}

/// Exchanging the keys of a ring in a file, while services run on it.
extension Gatekeeper {
    /// Adds a fresh key to the ring's file. It becomes the active one after ``KeyRotation/lead``, when every process that
    /// uses the file knows it.
    ///
    /// - Parameter atOnce: Makes it the active one now. Other processes cannot read what is made under it until they have
    ///   looked again, within a minute.
    /// - Returns: When it becomes active; if one is to become active already, when that does.
    /// - Throws: *Unavailable* for a ring that is not in a file.
    public func addKey(atOnce: Bool = false) async throws(GatekeeperError) -> (id: KeyID, activeFrom: Timestamp) {
        try await flow {
            let now = environment.clock.now()
            let activeFrom = atOnce ? now : now.advanced(by: KeyRotation.lead)
            var count = 0
            let set = try environment.keyFile().update(random: environment.random) { set throws(StoreError) in
                count = set.keys.count
                // One after the other: nobody is served by two that follow each other within minutes.
                guard atOnce || set.keys.allSatisfy({ $0.activeFrom <= now }) else { return nil }
                guard let next = set.adding(activeFrom: activeFrom, random: environment.random) else {
                    throw StoreError(.unavailable, "a key becomes active at that very time already")
                }
                return next
            }
            guard let newest = set.keys.last(where: { atOnce ? $0.activeFrom <= now : true }) else {
                throw GatekeeperError(.unavailable, "the key ring is empty")
            }
            if set.keys.count > count { report(.keyAdded, nil) }
            // It is in the file: that this process knows it a minute later changes nothing.
            try? await environment.rereadKeys()
            return (newest.id, newest.activeFrom)
        }
    }

    /// Removes a key from the ring's file, if nothing needs it any more.
    ///
    /// *Safe:* it was replaced so long ago that no process makes anything under it; only then is counted what needs it. A
    /// store that is restored from a backup may need it again: keep what is removed as long as such backups.
    ///
    /// - Parameter progress: Told how many records of the store have been looked at.
    public func retireKey(_ id: KeyID, progress: (Int) -> Void = { _ in }) async throws(GatekeeperError)
        -> KeyRetirement
    {
        try await flow {
            let file = try environment.keyFile()
            try await environment.rereadKeys()
            let now = environment.clock.now()
            let set = environment.keys.set
            guard let key = set.keys.first(where: { $0.id == id }) else { return .notFound }
            if let replacedAt = set.replacedAt(id, at: now) {
                let rest = replacedAt.advanced(by: KeyRotation.lead).since(now)
                guard rest <= .zero else { return .tooEarly(rest) }
            } else {
                // One that comes so late that every service learns before that it does not, may go: a clock was wrong.
                guard key.activeFrom.since(now) > KeyRotation.lead else { return .active }
            }
            let usage = try await keyUsage(progress: progress)
            if let used = usage.first(where: { $0.id == id }), used.total > 0 { return .inUse(used) }
            _ = try file.update(random: environment.random) { $0.removing(id) }
            report(.keyRetired, nil)
            try? await environment.rereadKeys()
            return .retired
        }
    }
}

extension SecurityEvent.Name {
    /// The key ring has one more key.
    public static let keyAdded = Self(rawValue: "sys_key_created")
    /// The key ring has one key less.
    public static let keyRetired = Self(rawValue: "sys_key_deleted")
}
