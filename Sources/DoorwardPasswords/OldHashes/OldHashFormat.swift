// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import Foundation

/// How one system writes its hashes.
struct OldHashFormat: Sendable {
    /// Whether a text is meant to be of this format.
    let isMeant: @Sendable (String) -> Bool
    let parse: @Sendable (String) throws(OldHashError) -> OldHash

    static let all: [OldHashFormat] = [
        starting("$argon2", argon2),
        starting("argon2$") { text throws(OldHashError) in try argon2(String(text.dropFirst("argon2".count))) },
        starting("$2a$", crypt), starting("$2b$", crypt), starting("$2y$", crypt),
        starting("bcrypt$") { text throws(OldHashError) in try crypt(String(text.dropFirst("bcrypt$".count))) },
        starting("bcrypt_sha256$") { text throws(OldHashError) in
            try crypt(String(text.dropFirst("bcrypt_sha256$".count)), isPrehashed: true)
        },
        starting("$5$", crypt), starting("$6$", crypt), starting("$y$", crypt),
        starting("pbkdf2_", djangoPBKDF2), starting("$pbkdf2", passlibPBKDF2), starting("pbkdf2:", werkzeugPBKDF2),
        starting("scrypt:", werkzeugScrypt), starting("scrypt$", djangoScrypt), starting("$scrypt$", passlibScrypt),
        OldHashFormat(isMeant: { $0.hasPrefix("A") && Data(base64Encoded: $0) != nil }, parse: aspNetIdentity),
    ]

    private static func starting(
        _ prefix: String, _ parse: @escaping @Sendable (String) throws(OldHashError) -> OldHash
    ) -> OldHashFormat {
        OldHashFormat(isMeant: { $0.hasPrefix(prefix) }, parse: parse)
    }

    private static func argon2(_ text: String) throws(OldHashError) -> OldHash {
        guard let hash = try? PHCString(parsing: text) else { throw .malformed }
        guard hash.keyID == nil else { throw .peppered }
        return OldHash(
            recipe: .argon2(hash.variant, hash.parameters, salt: hash.salt, length: hash.tag.count), digest: hash.tag)
    }

    private static func crypt(_ text: String) throws(OldHashError) -> OldHash { try crypt(text, isPrehashed: false) }

    /// The digest begins behind bcrypt's 29 characters of setting, and elsewhere behind the last dollar sign.
    private static func crypt(_ text: String, isPrehashed: Bool) throws(OldHashError) -> OldHash {
        let bytes = Array(text.utf8)
        let start = text.hasPrefix("$2") ? 29 : (bytes.lastIndex(of: UInt8(ascii: "$")) ?? 0) + 1
        guard start < bytes.count,
            let setting = CryptSetting(String(decoding: bytes[..<start], as: UTF8.self), isPrehashed: isPrehashed),
            bytes.count - start == setting.digestLength
        else { throw .malformed }
        return OldHash(recipe: .crypt(setting), digest: Array(bytes[start...]))
    }

    // MARK: - PBKDF2

    /// `pbkdf2_sha256$iterations$salt$digest`, the salt as text, the digest in Base64.
    private static func djangoPBKDF2(_ text: String) throws(OldHashError) -> OldHash {
        let fields = fields(text, "$")
        guard fields.count == 4, let function = function(fields[0].dropFirst("pbkdf2_".count)) else {
            throw .malformed
        }
        return try pbkdf2(function, fields[1], Array(fields[2].utf8), base64(fields[3]))
    }

    /// `$pbkdf2-sha256$iterations$salt$digest`, both in Base64 with `.` for `+` and without padding.
    private static func passlibPBKDF2(_ text: String) throws(OldHashError) -> OldHash {
        let fields = fields(text, "$")
        let name = fields.count == 5 ? fields[1].dropFirst("pbkdf2".count) : "-"
        guard fields.count == 5, let function = name.isEmpty ? .sha1 : function(name.dropFirst()),
            let salt = base64(dotted: fields[3])
        else { throw .malformed }
        return try pbkdf2(function, fields[2], salt, base64(dotted: fields[4]))
    }

    /// `pbkdf2:sha256:iterations$salt$digest`, the salt as text, the digest in hexadecimal.
    private static func werkzeugPBKDF2(_ text: String) throws(OldHashError) -> OldHash {
        let fields = fields(text, "$")
        let method = fields[0].split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 3, method.count == 3, let function = function(method[1]) else { throw .malformed }
        return try pbkdf2(function, method[2], Array(fields[1].utf8), Hex.decode(fields[2]))
    }

    /// In Base64: version 2 is 0 ‖ salt 16 ‖ digest 32, with SHA-1 and a thousand iterations; version 3 is 1 ‖ function 4
    /// ‖ iterations 4 ‖ length of the salt 4 ‖ salt ‖ digest, numbers big-endian.
    private static func aspNetIdentity(_ text: String) throws(OldHashError) -> OldHash {
        guard let bytes = base64(text[...]), let version = bytes.first else { throw .malformed }
        if version == 0, bytes.count == 49 {
            return try pbkdf2(.sha1, "1000", Array(bytes[1..<17]), Array(bytes[17...]))
        }
        func number(at place: Int) -> Int { bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
        guard version == 1, bytes.count > 13 else { throw .malformed }
        let functions: [HashFunction] = [.sha1, .sha256, .sha512]
        let saltLength = number(at: 9)
        guard functions.indices.contains(number(at: 1)), saltLength < bytes.count - 13 else { throw .malformed }
        return try pbkdf2(
            functions[number(at: 1)], "\(number(at: 5))", Array(bytes[13..<13 + saltLength]),
            Array(bytes[(13 + saltLength)...]))
    }

    private static func pbkdf2(
        _ function: HashFunction, _ iterations: Substring, _ salt: [UInt8], _ digest: [UInt8]?
    ) throws(OldHashError) -> OldHash {
        guard let iterations = number(iterations), HashRecipe.iterations.contains(iterations),
            HashRecipe.saltLimit.contains(salt.count), let digest, HashRecipe.digestLengths.contains(digest.count)
        else { throw .malformed }
        return OldHash(
            recipe: .pbkdf2(function, iterations: iterations, salt: salt, length: digest.count), digest: digest)
    }

    // MARK: - scrypt

    /// `scrypt:N:r:p$salt$digest`, the salt as text, the digest in hexadecimal.
    private static func werkzeugScrypt(_ text: String) throws(OldHashError) -> OldHash {
        let fields = fields(text, "$")
        let method = fields[0].split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 3, method.count == 4 else { throw .malformed }
        return try scrypt(
            number(method[1]), number(method[2]), number(method[3]), Array(fields[1].utf8), Hex.decode(fields[2]))
    }

    /// `scrypt$N$salt$r$p$digest`, the salt as text, the digest in Base64.
    private static func djangoScrypt(_ text: String) throws(OldHashError) -> OldHash {
        let fields = fields(text, "$")
        guard fields.count == 6 else { throw .malformed }
        return try scrypt(
            number(fields[1]), number(fields[3]), number(fields[4]), Array(fields[2].utf8), base64(fields[5]))
    }

    /// `$scrypt$ln=16,r=8,p=1$salt$digest`, both in Base64 without padding.
    private static func passlibScrypt(_ text: String) throws(OldHashError) -> OldHash {
        let fields = fields(text, "$")
        guard fields.count == 5 else { throw .malformed }
        let pairs = fields[2].split(separator: ",", omittingEmptySubsequences: false)
        guard pairs.count == 3, pairs[0].hasPrefix("ln="), pairs[1].hasPrefix("r="), pairs[2].hasPrefix("p="),
            let logarithm = number(pairs[0].dropFirst(3)), logarithm < 32, let salt = base64(unpadded: fields[3])
        else { throw .malformed }
        return try scrypt(
            1 << logarithm, number(pairs[1].dropFirst(2)), number(pairs[2].dropFirst(2)), salt,
            base64(unpadded: fields[4]))
    }

    private static func scrypt(_ cost: Int?, _ block: Int?, _ lanes: Int?, _ salt: [UInt8], _ digest: [UInt8]?)
        throws(OldHashError) -> OldHash
    {
        guard let cost, let block, let lanes,
            let parameters = ScryptParameters(cost: cost, blockSize: block, parallelism: lanes),
            HashRecipe.saltLimit.contains(salt.count), let digest, HashRecipe.digestLengths.contains(digest.count)
        else { throw .malformed }
        return OldHash(recipe: .scrypt(parameters, salt: salt, length: digest.count), digest: digest)
    }

    // MARK: - Parts

    private static func fields(_ text: String, _ separator: Character) -> [Substring] {
        text.split(separator: separator, omittingEmptySubsequences: false)
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...10).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    private static func function(_ name: Substring) -> HashFunction? {
        switch name {
        case "sha1": .sha1
        case "sha256": .sha256
        case "sha512": .sha512
        default: nil
        }
    }

    private static func base64(_ text: Substring) -> [UInt8]? { Data(base64Encoded: String(text)).map(Array.init) }

    private static func base64(unpadded text: Substring) -> [UInt8]? { Base64.unpadded.decode(text) }

    private static func base64(dotted text: Substring) -> [UInt8]? {
        base64(unpadded: Substring(text.replacing(".", with: "+")))
    }
}
