// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// How a digest of a password is computed: a scheme of others with its cost and salt, all but the digest itself.
///
/// Limits, checked where one is read: salts to 128 bytes, digests of 16 to 64, 5 million iterations, 2 GiB; so none takes
/// longer than a few seconds.
package enum HashRecipe: Hashable, Sendable {
    case argon2(Argon2Variant, Argon2Parameters, salt: [UInt8], length: Int)
    case pbkdf2(HashFunction, iterations: Int, salt: [UInt8], length: Int)
    case scrypt(ScryptParameters, salt: [UInt8], length: Int)
    case crypt(CryptSetting)

    /// What the scheme hashes of a password: its bytes as received, as those systems took them. `nil` for a password that
    /// the scheme cannot have hashed whole, and so none of its hashes was made from.
    func phrase(_ password: Password) -> Secret? {
        guard let received = password.received else { return nil }
        if case .crypt(let setting) = self { return setting.phrase(received) }
        return received
    }

    /// Whether only a part of the password counts, so that others are taken for it too.
    func cuts(_ password: Password) -> Bool {
        guard case .crypt(let setting) = self, let received = password.received else { return false }
        return setting.cuts(received)
    }

    /// Of the digest, in bytes.
    var digestLength: Int {
        switch self {
        case .argon2(_, _, _, let length), .pbkdf2(_, _, _, let length), .scrypt(_, _, let length): length
        case .crypt(let setting): setting.digestLength
        }
    }

    /// What computing it takes, at most.
    var memoryBytes: Int {
        switch self {
        case .argon2(_, let parameters, _, _): parameters.memoryBytes
        case .pbkdf2: 0
        case .scrypt(let parameters, _, _): parameters.memoryBytes
        case .crypt(let setting): setting.memoryBytes
        }
    }

    /// The digest. Throws when it cannot be computed here, never for a password.
    func compute(_ phrase: Secret, engine: Argon2Engine) throws(HashingError) -> [UInt8] {
        switch self {
        case .argon2(let variant, let parameters, let salt, let length):
            return try engine.compute(
                Argon2Input(variant: variant, parameters: parameters, password: phrase, salt: salt, tagLength: length))
        case .pbkdf2(let function, let iterations, let salt, let length):
            return try orUnavailable(
                DoorwardCore.pbkdf2(function, password: phrase, salt: salt, iterations: iterations, length: length))
        case .scrypt(let parameters, let salt, let length):
            return try orUnavailable(parameters.compute(phrase, salt: salt, length: length))
        case .crypt(let setting): return try setting.compute(phrase)
        }
    }

    private func orUnavailable(_ digest: [UInt8]?) throws(HashingError) -> [UInt8] {
        guard let digest else { throw HashingError(.unavailable, "libcrypto could not compute an old hash") }
        return digest
    }

    /// The same work for nobody: without the salt.
    var blank: HashRecipe {
        func zeros(_ salt: [UInt8]) -> [UInt8] { [UInt8](repeating: 0, count: salt.count) }
        return switch self {
        case .argon2(let variant, let parameters, let salt, let length):
            .argon2(variant, parameters, salt: zeros(salt), length: length)
        case .pbkdf2(let function, let iterations, let salt, let length):
            .pbkdf2(function, iterations: iterations, salt: zeros(salt), length: length)
        case .scrypt(let parameters, let salt, let length):
            .scrypt(parameters, salt: zeros(salt), length: length)
        case .crypt(let setting): .crypt(setting.blank)
        }
    }
}

/// What scrypt costs (RFC 7914 § 2): cost N, block size r, parallelism p.
package struct ScryptParameters: Hashable, Sendable {
    package let cost: Int
    package let blockSize: Int
    package let parallelism: Int

    /// `nil` unless N is a power of two from 2, and N·r·p·128 at most 2 GiB.
    package init?(cost: Int, blockSize: Int, parallelism: Int) {
        guard (2...1 << 24).contains(cost), cost & (cost - 1) == 0, (1...1 << 20).contains(blockSize),
            (1...1 << 10).contains(parallelism), cost * blockSize <= 1 << 24,
            cost * blockSize * parallelism <= 1 << 24
        else { return nil }
        self.cost = cost
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    var memoryBytes: Int { 128 * blockSize * (cost + parallelism + 2) + 1 << 20 }

    func compute(_ phrase: Secret, salt: [UInt8], length: Int) -> [UInt8]? {
        DoorwardCore.scrypt(
            password: phrase, salt: salt, cost: UInt64(cost), blockSize: UInt64(blockSize),
            parallelism: UInt64(parallelism), memoryLimit: UInt64(memoryBytes), length: length)
    }
}

// MARK: - Stored

extension HashRecipe {
    static let saltLimit = 0...128
    static let digestLengths = 16...64
    static let iterations = 1...5_000_000

    func encode(to writer: inout CBORWriter) {
        switch self {
        case .argon2(let variant, let parameters, let salt, let length):
            writer.array(count: 7)
            writer.unsigned(0)
            writer.text(variant.rawValue)
            for value in [parameters.memoryKiB, parameters.passes, parameters.parallelism, length] {
                writer.unsigned(UInt64(value))
            }
            writer.byteString(salt)
        case .pbkdf2(let function, let iterations, let salt, let length):
            writer.array(count: 5)
            writer.unsigned(1)
            writer.text(function.rawValue)
            for value in [iterations, length] { writer.unsigned(UInt64(value)) }
            writer.byteString(salt)
        case .scrypt(let parameters, let salt, let length):
            writer.array(count: 6)
            writer.unsigned(2)
            for value in [parameters.cost, parameters.blockSize, parameters.parallelism, length] {
                writer.unsigned(UInt64(value))
            }
            writer.byteString(salt)
        case .crypt(let setting):
            writer.array(count: 3)
            writer.unsigned(3)
            writer.bool(setting.isPrehashed)
            writer.text(setting.text)
        }
    }

    init(from reader: inout CBORReader) throws(CBORError) {
        let malformed = CBORError(reason: "not a way to hash")
        func salt() throws(CBORError) -> [UInt8] {
            let salt = try reader.byteString()
            guard Self.saltLimit.contains(salt.count) else { throw malformed }
            return salt
        }
        func length() throws(CBORError) -> Int {
            let length = try reader.count(upTo: Self.digestLengths.upperBound)
            guard Self.digestLengths.contains(length) else { throw malformed }
            return length
        }
        func number() throws(CBORError) -> Int { try reader.count(upTo: 1 << 31) }
        let count = try reader.array()
        switch (try reader.unsigned(), count) {
        case (0, 7):
            guard let variant = Argon2Variant(rawValue: try reader.text()),
                let parameters = Argon2Parameters(
                    verifying: try number(), passes: try number(), parallelism: try number())
            else { throw malformed }
            let length = try length()
            self = .argon2(variant, parameters, salt: try salt(), length: length)
        case (1, 5):
            let name = try reader.text()
            let iterations = try number()
            guard let function = HashFunction(rawValue: name), Self.iterations.contains(iterations) else {
                throw malformed
            }
            let length = try length()
            self = .pbkdf2(function, iterations: iterations, salt: try salt(), length: length)
        case (2, 6):
            guard
                let parameters = ScryptParameters(
                    cost: try number(), blockSize: try number(), parallelism: try number())
            else { throw malformed }
            let length = try length()
            self = .scrypt(parameters, salt: try salt(), length: length)
        case (3, 3):
            let isPrehashed = try reader.bool()
            guard let setting = CryptSetting(try reader.text(), isPrehashed: isPrehashed) else { throw malformed }
            self = .crypt(setting)
        default: throw malformed
        }
    }
}
