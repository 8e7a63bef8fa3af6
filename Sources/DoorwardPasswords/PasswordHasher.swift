// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// Hashes passwords with Argon2id and verifies them, on a pool of its own threads.
///
/// New hashes carry the pool's current parameters and, where there is a key ring, a pepper: Argon2's own secret input,
/// derived from the active key and named in the hash. (ASVS V11.4.2; NIST SP 800-63B-4 § 3.1.1.2)
public struct PasswordHasher: Sendable {
    package static let saltLength = 16
    package static let tagLength = 32

    public let parameters: Argon2Parameters
    package let pool: HashingPool
    private let keys: KeyRing?
    private let random: any RandomSource

    /// - Parameters:
    ///   - keys: Where peppers come from; without one, hashes have none, and peppered ones cannot be verified.
    public init(
        parameters: Argon2Parameters = .default, keys: KeyRing? = nil, pool: HashingPool = HashingPool(),
        random: any RandomSource = .system
    ) {
        self.parameters = parameters
        self.keys = keys
        self.pool = pool
        self.random = random
    }

    /// A hash of the password to store.
    ///
    /// - Throws: ``HashingError``. A password that is not well formed is `unavailable`; the policy refuses it before.
    public func hash(_ password: Password) async throws(HashingError) -> PHCString {
        try await hash(password, in: pool.admit())
    }

    package func hash(_ password: Password, in place: HashingPlace) async throws(HashingError) -> PHCString {
        guard let secret = password.normalized else {
            throw HashingError(.unavailable, "the password is not well formed")
        }
        let fresh = newHash(salt: random.bytes(Self.saltLength))
        let tag = try await pool.compute(.argon2(try input(secret, like: fresh)), in: place)
        return fresh.with(tag: tag)
    }

    /// Whether the password is the one that was hashed.
    ///
    /// - Throws: ``HashingError``: `unavailable` when the pepper's key is missing or the hash is beyond the budget.
    public func verify(_ password: Password, against hash: PHCString) async throws(HashingError) -> Bool {
        try await verify(password, against: .own(hash), in: pool.admit())
    }

    /// Whether the password is the one that another system hashed.
    ///
    /// - Throws: ``HashingError``: `unavailable` when the hash is beyond the budget.
    public func verify(_ password: Password, against hash: OldHash) async throws(HashingError) -> Bool {
        try await verify(password, against: .old(hash), in: pool.admit())
    }

    /// Costs what the hash costs, whatever the password is: where none could have been hashed, another is.
    package func verify(_ password: Password, against stored: StoredHash, in place: HashingPlace)
        async throws(HashingError) -> Bool
    {
        let placeholder = Secret(copying: [0x30])
        switch stored {
        case .own(let hash):
            let secret = password.normalized
            let tag = try await pool.compute(.argon2(try input(secret ?? placeholder, like: hash)), in: place)
            return constantTimeEqual(tag, hash.tag) && secret != nil
        case .old(let hash):
            let phrase = hash.recipe.phrase(password)
            let digest = try await pool.compute(.old(hash.recipe, phrase: phrase ?? placeholder), in: place)
            return constantTimeEqual(digest, hash.digest) && phrase != nil
        case .wrapped(let recipe, let hash):
            let phrase = recipe.phrase(password)
            let job = HashingJob.wrapped(
                recipe, phrase: phrase ?? placeholder, try input(Secret(copying: []), like: hash))
            return constantTimeEqual(try await pool.compute(job, in: place), hash.tag) && phrase != nil
        }
    }

    /// What those are verified against who have no password: as costly as a hash of this sort, else as a new one.
    /// (ASVS V6.3.8)
    package func dummy(_ blank: StoredHash?) -> StoredHash {
        switch blank ?? .own(newHash(salt: [UInt8](repeating: 0, count: Self.saltLength))) {
        case .own(let hash): .own(hash.with(keyID: keys?.active))
        case .old(let hash): .old(hash)
        case .wrapped(let recipe, let hash): .wrapped(recipe, hash.with(keyID: keys?.active))
        }
    }

    /// Whether a hash should be made anew: another variant, other parameters than the current ones, or an old pepper.
    public func needsRehash(_ hash: PHCString) -> Bool {
        hash.variant != .id || hash.parameters != parameters || hash.keyID != keys?.active
            || hash.tag.count != Self.tagLength || hash.salt.count < Self.saltLength
    }

    /// What the hash of a password that has just been verified against it should become; `nil` if it is as it should
    /// be. A password that cannot be hashed anew keeps the old hash, under one of ours. A password of which the old hash knows a part only keeps that hash, under one of ours: made anew it would
    /// bind its owner to what somebody typed behind that part.
    package func upgraded(_ stored: StoredHash, by password: Password) async throws(HashingError) -> StoredHash? {
        switch stored {
        case .own(let hash): return needsRehash(hash) ? .own(try await self.hash(password)) : nil
        case .old(let hash):
            return keepsOld(hash.recipe, password) ? try await wrap(hash) : .own(try await self.hash(password))
        case .wrapped(let recipe, let outer):
            guard keepsOld(recipe, password), let phrase = recipe.phrase(password) else {
                return .own(try await self.hash(password))
            }
            guard needsRehash(outer) else { return nil }
            let digest = try await pool.compute(.old(recipe, phrase: phrase), in: pool.admit())
            return try await wrap(OldHash(recipe: recipe, digest: digest))
        }
    }

    private func keepsOld(_ recipe: HashRecipe, _ password: Password) -> Bool {
        recipe.cuts(password) || password.normalized == nil
    }

    /// Our own hash over another system's, which takes the place of the old one without anybody signing in.
    package func wrap(_ old: OldHash) async throws(HashingError) -> StoredHash {
        let fresh = newHash(salt: random.bytes(Self.saltLength))
        let tag = try await pool.compute(
            .argon2(try input(Secret(copying: old.digest), like: fresh)), in: pool.admit())
        return .wrapped(old.recipe, fresh.with(tag: tag))
    }

    /// A hash to be, without its tag.
    private func newHash(salt: [UInt8]) -> PHCString {
        PHCString(
            variant: .id, parameters: parameters, keyID: keys?.active, salt: salt,
            tag: [UInt8](repeating: 0, count: Self.tagLength))
    }

    private func input(_ password: Secret, like hash: PHCString) throws(HashingError) -> Argon2Input {
        Argon2Input(
            variant: hash.variant, parameters: hash.parameters, password: password, salt: hash.salt,
            pepper: try pepper(hash.keyID), tagLength: hash.tag.count)
    }

    private func pepper(_ id: KeyID?) throws(HashingError) -> Secret? {
        guard let id else { return nil }
        guard let pepper = keys?.key(.pepper, id) else {
            throw HashingError(.unavailable, "the key ring lacks the pepper that a hash names")
        }
        return pepper
    }
}

extension PHCString {
    fileprivate func with(tag: [UInt8]) -> PHCString {
        PHCString(variant: variant, parameters: parameters, keyID: keyID, salt: salt, tag: tag)
    }

    fileprivate func with(keyID: KeyID?) -> PHCString {
        PHCString(variant: variant, parameters: parameters, keyID: keyID, salt: salt, tag: tag)
    }
}
