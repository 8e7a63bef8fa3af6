// SPDX-License-Identifier: Apache-2.0

/// Where the keys come from.
public enum KeySource: Sendable {
    /// A file of the service's own, mode 0600. Made at first start, for an empty store only.
    case file(String)
    /// A ring that the service brings.
    case ring(KeyRing)
}

/// What every service of Doorward stands on: a store and its key ring, a clock, randomness, and where events go.
///
/// Opening it ties the two together: a store remembers the ring it was made with and refuses another, because with
/// another ring nothing sealed could be read and nobody could sign in.
public struct AuthEnvironment: Sendable {
    package let store: any AuthStore
    package let keys: KeyRing
    package let clock: any WallClock
    package let random: any RandomSource
    package let retry: RetryPolicy
    /// What is digested before an owner, for each ``Owner``.
    private let places: [[UInt8]]
    private let sinks: [any SecurityEventSink]

    /// Opens a store with its keys; an empty store is made ready.
    ///
    /// - Throws: ``StoreError``: `unavailable` when the store or the key file cannot be used, when a store with data
    ///   comes without its key file, or with a ring that is not its own; `corrupt` when the store's first record is
    ///   damaged.
    public static func open(
        store: any AuthStore, keys: KeySource, clock: any WallClock = .system, random: any RandomSource = .system,
        retry: RetryPolicy = RetryPolicy(), events: [any SecurityEventSink] = []
    ) async throws(StoreError) -> AuthEnvironment {
        let now = clock.now()
        var identity = try await readIdentity(store, at: now)
        if identity == nil, try await !store.scan(after: nil, limit: 1).isEmpty {
            // Somebody else has just made it ready, or it has lost what its records are found by.
            identity = try await readIdentity(store, at: now)
            guard identity != nil else { throw StoreError(.unavailable, "the store has data, but not its identity") }
        }
        let ring = try await readRing(keys, store: store, isNew: identity == nil, random: random)
        if identity == nil {
            let new = try StoreIdentity(salt: random.bytes(16), ring: ring)
            let changes = [RecordChange.create(identityKey, value: new.encoded(), expiresAt: nil)]
            _ = try await store.commitSurely(CommitID(from: random), changes, at: now, retry: retry)
            // Whoever was first, one identity is there now.
            identity = try await readIdentity(store, at: now)
        }
        guard let identity, identity.belongs(to: ring) else {
            throw StoreError(.unavailable, "the key ring is not the one that this store was made with")
        }
        return AuthEnvironment(
            store: store, keys: ring, clock: clock, random: random, retry: retry,
            places: Owner.allCases.map { framed([identity.salt, Array($0.label.utf8)]) }, sinks: events)
    }

    private static let identityKey = RecordKey(.store, in: .store, id: .only)

    private static func readIdentity(_ store: any AuthStore, at now: Timestamp)
        async throws(StoreError) -> StoreIdentity?
    {
        guard let record = try await store.read([identityKey], at: now).first ?? nil else { return nil }
        return try StoreIdentity(stored: record.value)
    }

    private static func readRing(_ source: KeySource, store: any AuthStore, isNew: Bool, random: any RandomSource)
        async throws(StoreError) -> KeyRing
    {
        switch source {
        case .ring(let ring): return ring
        case .file(let path):
            let file = KeyFile(path: path)
            if let ring = try file.read() { return ring }
            guard isNew else {
                throw StoreError(.unavailable, "the store has data, but its key file is missing")
            }
            let ring = KeyRing(generating: random)
            if try file.create(ring, random: random) { return ring }
            guard let theirs = try file.read() else { throw StoreError(.unavailable, "the key file vanished") }
            return theirs
        }
    }

    /// Who a partition belongs to.
    package enum Owner: Int, Sendable, CaseIterable {
        case account, name, address

        /// Stored places depend on it.
        fileprivate var label: String {
            switch self {
            case .account: "account"
            case .name: "name"
            case .address: "address"
            }
        }
    }

    /// Where an owner's records are. The salt keeps holders of a token from guessing whose it is.
    package func partition(_ kind: Owner, _ owner: [UInt8]) -> Partition {
        var message: [UInt8] = []
        message.reserveCapacity(96)
        message += places[kind.rawValue]
        appendFramed(owner, to: &message)
        return Partition(digest: HashFunction.sha256.hash(message))
    }

    package func report(_ event: SecurityEvent) {
        for sink in sinks { sink.receive(event) }
    }
}
