// SPDX-License-Identifier: Apache-2.0

extension AuthEnvironment {
    static let identityKey = RecordKey(.store, in: .store, id: .only)

    static func readIdentity(_ store: any AuthStore, at now: Timestamp) async throws(StoreError) -> StoreIdentity? {
        guard let record = try await store.read(identityKey, at: now) else { return nil }
        guard !StoreIdentity.isOfAnotherVersion(record.value) else {
            throw StoreError(.unavailable, "the store was made by another version of Doorward")
        }
        return try StoreIdentity(stored: record.value)
    }

    static func openRing(_ source: KeySource, isNew: Bool, at now: Timestamp, random: any RandomSource)
        async throws(StoreError) -> KeyRing
    {
        switch source {
        case .ring(let ring): return ring
        case .variable(let name):
            let variable = KeyVariable(name: name)
            return KeyRing(try variable.keys(), from: variable, at: now)
        case .provider(let provider):
            do { return KeyRing(try await provider.keys(), from: provider, at: now) } catch {
                throw StoreError(.unavailable, "the keys could not be had", underlying: error)
            }
        case .file(let path):
            let file = KeyFile(path: path)
            let provider = KeyFileProvider(file: file)
            if let set = try file.read() { return KeyRing(set, from: provider, at: now) }
            guard isNew else { throw StoreError(.unavailable, "the store has data, but its key file is missing") }
            let set = KeySet(generating: random)
            if try file.create(set, random: random) { return KeyRing(set, from: provider, at: now) }
            guard let theirs = try file.read() else { throw StoreError(.unavailable, "the key file vanished") }
            return KeyRing(theirs, from: provider, at: now)
        }
    }

    /// Brings the ring up to now, before it is used.
    func freshenKeys() async throws(StoreError) {
        let (store, now) = (store, clock.now())
        let fault = try await keys.freshen(at: now) { set throws(StoreError) in
            // A file that was exchanged for another store's is noticed before anything is made under it.
            guard let identity = try await Self.readIdentity(store, at: now) else {
                throw StoreError(.unavailable, "the store has lost its identity")
            }
            _ = try identity.secret(KeyRing(set))
        }
        guard fault != nil else { return }
        report(SecurityEvent(.keysUnavailable, at: now, account: nil))
    }

    /// The file of the ring.
    ///
    /// - Throws: `unavailable` for a ring that comes from elsewhere.
    package func keyFile() throws(StoreError) -> KeyFile {
        guard let provider = keys.provider as? KeyFileProvider else {
            throw StoreError(.unavailable, "the keys are not in a file: they are exchanged where they are kept")
        }
        return provider.file
    }

    /// Asks for the keys now, whenever that was done last.
    package func rereadKeys() async throws(StoreError) {
        keys.forgetReading()
        try await freshenKeys()
    }

    /// The key that the store itself needs.
    package func identityKeyID() async throws(StoreError) -> KeyID? {
        try await Self.readIdentity(store, at: clock.now())?.keyID
    }

    /// Makes the store itself need the active key alone.
    ///
    /// - Returns: Whether it needed another one.
    package func renewIdentity() async throws(StoreError) -> Bool {
        try await transact(in: .store, reading: [Self.identityKey]) { work, _ throws(StoreError) in
            guard var identity = try work.load(StoreIdentity.self), identity.keyID != keys.active else { return false }
            try identity.renew(keys, random: random)
            work.put(identity)
            return true
        }
    }
}

extension SecurityEvent.Name {
    /// The keys could not be read again; those that were read before are still good for a while.
    public static let keysUnavailable = Self(rawValue: "sys_keys_unavailable")
}
