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
        let salt = random.bytes(Self.saltLength)
        let keyID = keys?.active
        let input = Argon2Input(
            parameters: parameters, password: secret, salt: salt, pepper: try pepper(keyID), tagLength: Self.tagLength)
        let tag = try await pool.compute(input, in: place)
        return PHCString(variant: .id, parameters: parameters, keyID: keyID, salt: salt, tag: tag)
    }

    /// Whether the password is the one that was hashed.
    ///
    /// - Throws: ``HashingError``: `unavailable` when the pepper's key is missing or the hash is beyond the budget.
    public func verify(_ password: Password, against hash: PHCString) async throws(HashingError) -> Bool {
        try await verify(password, against: hash, in: pool.admit())
    }

    /// Costs one hash whatever the input: where there is no hash, or no well-formed password, a dummy one is computed
    /// with the current parameters. (ASVS V6.3.8)
    package func verify(_ password: Password, against hash: PHCString?, in place: HashingPlace)
        async throws(HashingError) -> Bool
    {
        guard let hash, let secret = password.normalized else {
            let keyID = keys?.active
            let input = Argon2Input(
                parameters: hash?.parameters ?? parameters, password: password.normalized ?? Secret(copying: [0]),
                salt: [UInt8](repeating: 0, count: Self.saltLength), pepper: try pepper(keyID),
                tagLength: Self.tagLength)
            _ = try await pool.compute(input, in: place)
            return false
        }
        let input = Argon2Input(
            variant: hash.variant, parameters: hash.parameters, password: secret, salt: hash.salt,
            pepper: try pepper(hash.keyID), tagLength: hash.tag.count)
        return constantTimeEqual(try await pool.compute(input, in: place), hash.tag)
    }

    /// Whether a hash should be made anew: another variant, other parameters than the current ones, or an old pepper.
    public func needsRehash(_ hash: PHCString) -> Bool {
        hash.variant != .id || hash.parameters != parameters || hash.keyID != keys?.active
            || hash.tag.count != Self.tagLength || hash.salt.count < Self.saltLength
    }

    private func pepper(_ id: KeyID?) throws(HashingError) -> Secret? {
        guard let id else { return nil }
        guard let pepper = keys?.key(.pepper, id) else {
            throw HashingError(.unavailable, "the key ring lacks the pepper that a hash names")
        }
        return pepper
    }
}
