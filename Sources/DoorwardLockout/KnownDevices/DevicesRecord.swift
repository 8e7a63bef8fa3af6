// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// A device that an account's owner has signed in with before. Not secret.
public struct KnownDevice: Hashable, Sendable {
    public let id: DeviceID
    /// What its owner calls it.
    public let label: String
    public let createdAt: Timestamp
    public let lastUsedAt: Timestamp
    /// Until when it stands in for a second factor, if it does. Such a sign-in is one of level 1.
    public let trustedUntil: Timestamp?
}

/// The known devices of an account. Of more than twenty, the one that was used longest ago goes.
package struct DevicesRecord: StoredValue, Hashable {
    package static let kind = RecordKind.devices
    package static let fieldCount = 2
    package static let limit = 20
    /// A browser keeps a cookie for so long at most (RFC 6265bis § 5.5).
    package static let lifetime: Duration = .seconds(400 * 86_400)

    /// A device, and whether it is trusted.
    struct Entry: Hashable, Sendable {
        let id: DeviceID
        let label: String
        let createdAt: Timestamp
        var lastUsedAt: Timestamp
        /// The account's generation at which it was trusted: trust ends with whatever ends the account's sessions.
        var trustedGeneration: UInt64?

        /// A time that no right clock wrote says nothing.
        func used(at now: Timestamp) -> Timestamp {
            lastUsedAt.isCredible(at: now) ? lastUsedAt : createdAt
        }

        /// Until when it stands in for a second factor.
        func trustedUntil(generation: UInt64, lifetime: Duration?) -> Timestamp? {
            guard let lifetime, trustedGeneration == generation else { return nil }
            return createdAt.advanced(by: lifetime)
        }
    }

    package let account: AccountID
    /// Oldest first.
    private(set) var entries: [Entry] = []

    package init(account: AccountID) { self.account = account }

    /// Whether a device is one of these. One that was not used for 400 days is not.
    package func knows(_ id: DeviceID, at now: Timestamp) -> Bool { live(at: now).contains { $0.id == id } }

    /// Whether a device stands in for a second factor of the account as it is.
    ///
    /// - Parameter lifetime: How long trust lasts; `nil`: there is none.
    package func trusts(_ id: DeviceID, generation: UInt64, lifetime: Duration?, at now: Timestamp) -> Bool {
        live(at: now).contains {
            $0.id == id && $0.trustedUntil(generation: generation, lifetime: lifetime).map { now < $0 } ?? false
        }
    }

    /// For their owner, oldest first.
    package func facts(generation: UInt64, lifetime: Duration?, at now: Timestamp) -> [KnownDevice] {
        live(at: now).map { entry in
            let end = entry.trustedUntil(generation: generation, lifetime: lifetime)
            return KnownDevice(
                id: entry.id, label: entry.label, createdAt: entry.createdAt, lastUsedAt: entry.lastUsedAt,
                trustedUntil: end.flatMap { now < $0 ? $0 : nil })
        }
    }

    /// Takes a device in; beyond twenty the one that was used longest ago goes.
    package mutating func remember(_ id: DeviceID, label: String, trustedGeneration: UInt64?, at now: Timestamp) {
        let oldest = entries.indices.min { entries[$0].used(at: now) < entries[$1].used(at: now) }
        if let oldest, entries.count >= Self.limit { entries.remove(at: oldest) }
        entries.append(
            Entry(id: id, label: label, createdAt: now, lastUsedAt: now, trustedGeneration: trustedGeneration))
    }

    /// Notes that a device was used.
    package mutating func touch(_ id: DeviceID, at now: Timestamp) {
        guard let index = entries.firstIndex(where: { $0.id == id }) else { return }
        entries[index].lastUsedAt = now
    }

    package mutating func forget(_ id: DeviceID) { entries.removeAll { $0.id == id } }

    /// Trusts none any more; returns whether any was trusted.
    package mutating func endTrust() -> Bool {
        let wasTrusting = entries.contains { $0.trustedGeneration != nil }
        for index in entries.indices { entries[index].trustedGeneration = nil }
        return wasTrusting
    }

    /// How many there are.
    package func count(at now: Timestamp) -> Int { live(at: now).count }

    private func live(at now: Timestamp) -> [Entry] {
        entries.filter {
            $0.used(at: now).advanced(by: Self.lifetime) > now && $0.createdAt.isCredible(at: now)
        }
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
        account = try reader.account()
        let count = try reader.array()
        guard count <= Self.limit else { throw CBORError(reason: "too many devices") }
        for _ in 0..<count {
            try reader.array(count: 5)
            guard let id = DeviceID(bytes: try reader.byteString(count: DeviceID.length)) else {
                throw CBORError(reason: "not a device")
            }
            entries.append(
                Entry(
                    id: id, label: try reader.text(), createdAt: try reader.timestamp(),
                    lastUsedAt: try reader.timestamp(),
                    trustedGeneration: try reader.optional { reader throws(CBORError) in try reader.unsigned() }))
        }
    }

    package func encode(to writer: inout CBORWriter) {
        writer.account(account)
        writer.array(count: entries.count)
        for entry in entries {
            writer.array(count: 5)
            writer.byteString(entry.id.bytes)
            writer.text(entry.label)
            writer.timestamp(entry.createdAt)
            writer.timestamp(entry.lastUsedAt)
            writer.optional(entry.trustedGeneration) { $0.unsigned($1) }
        }
    }
}
