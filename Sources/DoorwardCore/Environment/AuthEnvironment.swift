// SPDX-License-Identifier: Apache-2.0

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
    /// Makes the ids that unknown names are counted on.
    private let phantomKey: Secret
    /// Hides short codes in the store.
    private let codeKey: Secret
    /// Binds what is recorded to what was recorded before.
    private let auditKey: Secret
    /// What is digested before owners.
    private let salt: SixteenBytes
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
        let ring = try await openRing(keys, isNew: identity == nil, at: now, random: random)
        if identity == nil {
            let new = try StoreIdentity(ring: ring, random: random)
            let changes = [RecordChange.create(identityKey, value: new.encoded(), expiresAt: nil)]
            _ = try await store.commitSurely(CommitID(from: random), changes, at: now, retry: retry)
            // Whoever was first, one identity is there now.
            identity = try await readIdentity(store, at: now)
        }
        guard let identity else { throw StoreError(.unavailable, "the store has lost its identity") }
        let secret = try identity.secret(ring)
        func derived(_ purpose: String) -> Secret {
            hkdf(.sha256, key: secret, salt: [], info: Array("doorward/1/\(purpose)".utf8), length: 32)
        }
        return AuthEnvironment(
            store: store, keys: ring, clock: clock, random: random, retry: retry,
            phantomKey: derived("phantoms"), codeKey: derived("codes"), auditKey: derived("audit"),
            salt: unsafe identity.salt.withUnsafeBytes { unsafe SixteenBytes(first: $0) }, sinks: events)
    }

    /// Who a partition belongs to. Stored places depend on the numbers.
    package enum Owner: UInt8, Sendable {
        case account = 1, name, address, audit
    }

    /// Where an owner's records are. The salt keeps holders of a token from guessing whose it is.
    package func partition(_ kind: Owner, _ owner: [UInt8]) -> Partition {
        unsafe owner.withUnsafeBytes { unsafe partition(kind, $0) }
    }

    package func partition(of account: AccountID) -> Partition {
        unsafe account.withUnsafeBytes { unsafe partition(.account, $0) }
    }

    /// SHA-256 of salt 16 ‖ kind 1 ‖ owner, cut. In one block for an account's id, because each session check asks.
    private func partition(_ kind: Owner, _ owner: UnsafeRawBufferPointer) -> Partition {
        unsafe withUnsafeTemporaryAllocation(byteCount: 17 + owner.count, alignment: 8) { message in
            unsafe withUnsafeBytes(of: salt.words) { unsafe message.copyMemory(from: $0) }
            unsafe message[16] = kind.rawValue
            unsafe UnsafeMutableRawBufferPointer(rebasing: message[17...]).copyMemory(from: owner)
            return unsafe Partition(digest: sha256(UnsafeRawBufferPointer(message)))
        }
    }

    /// The account that an unknown name is counted on.
    package func phantom(of name: [UInt8]) -> AccountID {
        AccountID(phantom: hmac(.sha256, key: phantomKey, framed([name])))
    }

    /// What is stored of a short code: nobody who has the store alone can try codes against it.
    package func digest(ofCode fields: [[UInt8]]) -> [UInt8] { hmac(.sha256, key: codeKey, framed(fields)) }

    /// What vouches for a record of the audit log: nobody who has the store alone can make one.
    package func mac(ofAudit fields: [[UInt8]]) -> [UInt8] { hmac(.sha256, key: auditKey, framed(fields)) }

    /// Tells the sinks, and the flow that it happens in.
    package func report(_ event: SecurityEvent) {
        let flow = FlowReport.current
        let event = flow?.stamped(event) ?? event
        for sink in sinks { sink.receive(event) }
        flow?.add(event)
    }
}
