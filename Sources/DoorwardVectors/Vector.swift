// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardOTP
import DoorwardPasswords

/// One vector: what to do, the inputs, the result.
struct Vector: Decodable, Sendable {
    let test: String
    let status: String?
    private let algorithm: String?
    private let secret: String?
    private let counter: UInt64?
    private let time: Int64?
    private let digits: Int?
    private let period: Int?
    private let hmac: String?
    private let code: String?
    private let variant: String?
    private let memory: Int?
    private let passes_: Int?
    private let lanes: Int?
    private let password: String?
    private let salt: String?
    private let data: String?
    private let tag: String?
    private let encoding: String?
    private let bytes: String?
    private let text: String?
    private let invalid: String?
    private let hash: String?
    private let key: String?
    private let message: String?
    private let mac: String?
    private let info: String?
    private let okm: String?
    private let cbor: String?
    private let iterations: Int?
    private let cost: Int?
    private let block: Int?
    private let value: CBORItem?

    private enum CodingKeys: String, CodingKey {
        case test, status, algorithm, secret, counter, time, digits, period, hmac, code, variant, memory, lanes,
            password
        case salt, data, tag, encoding, bytes, text, invalid, hash, key, message, mac, info, okm, cbor, value,
            iterations, cost, block
        case passes_ = "passes"
    }

    /// A field that the vector lacks.
    private struct Missing: Error {}

    private func hex(_ text: String?) throws -> [UInt8] {
        guard let bytes = try Hex.decode(need(text)) else { throw Missing() }
        return bytes
    }

    private func need<T>(_ value: T?) throws -> T {
        guard let value else { throw Missing() }
        return value
    }

    func passes() throws -> Bool {
        switch test {
        case "hotp": try hotp()
        case "truncation": try truncates()
        case "totp": try totp()
        case "argon2": try argon2()
        case "encoding": try encodes()
        case "hmac":
            try DoorwardCore.hmac(
                need(HashFunction(rawValue: need(hash))), key: Secret(copying: hex(key)), hex(message)
            )
            .starts(with: hex(mac))
        case "hkdf": try derives()
        case "cbor": try cborRoundTrip()
        case "pbkdf2":
            try pbkdf2(
                need(HashFunction(rawValue: need(hash))), password: Secret(copying: hex(password)), salt: hex(salt),
                iterations: need(iterations), length: hex(okm).count) == hex(okm)
        case "scrypt":
            try scrypt(
                password: Secret(copying: hex(password)), salt: hex(salt), cost: UInt64(clamping: need(cost)),
                blockSize: UInt64(clamping: need(block)), parallelism: UInt64(clamping: need(lanes)),
                memoryLimit: 1 << 30, length: hex(okm).count) == hex(okm)
        case "old-hash": try oldHash()
        default: throw Missing()
        }
    }

    /// Whether it needs what this build was made without.
    var isBeyondThisBuild: Bool {
        guard test == "old-hash", let hash else { return false }
        do throws(OldHashError) { _ = try OldHash(parsing: hash) } catch { return error == .traitMissing }
        return false
    }

    private func oldHash() throws -> Bool {
        let old = try OldHash(parsing: need(hash))
        return try old.matches(Password(utf8: Secret(copying: hex(password))), engine: .libargon2)
    }

    private func truncates() throws -> Bool {
        let digest = try hex(hmac)
        guard digest.count == HashFunction.sha1.digestLength else { throw Missing() }
        let number = unsafe digest.withUnsafeBytes { unsafe HOTP.truncate($0, digits: 6) }
        return OneTimePassword.text(number, digits: 6) == code
    }

    private func hotp() throws -> Bool {
        let secret = Secret(copying: try hex(secret))
        let hotp = try need(SharedSecret(bytes: secret).flatMap { HOTP(secret: $0) })
        let counter = try need(counter)
        guard try DoorwardCore.hmac(.sha1, key: secret, bigEndianBytes(counter)) == hex(hmac) else { return false }
        let last = counter > 0 ? counter - 1 : nil
        return try hotp.code(at: counter) == code
            && hotp.verify(need(code), after: last) == .accepted(counter: counter)
    }

    private func totp() throws -> Bool {
        let algorithm = try need(OneTimePasswordAlgorithm(rawValue: need(algorithm)))
        let secret = try need(SharedSecret(bytes: Secret(copying: hex(secret))))
        let totp = try need(TOTP(secret: secret, algorithm: algorithm, digits: need(digits), period: need(period)))
        let now = Timestamp(seconds: try need(time))
        guard let step = totp.step(at: now) else { return false }
        return try totp.code(at: now) == code
            && totp.verify(need(code), after: nil, at: now) == .accepted(counter: step)
    }

    private func argon2() throws -> Bool {
        let parameters = try need(
            Argon2Parameters(verifying: need(memory), passes: need(passes_), parallelism: need(lanes)))
        let tag = try hex(tag)
        let input = try Argon2Input(
            variant: need(Argon2Variant(rawValue: need(variant))), parameters: parameters,
            password: Secret(copying: hex(password)), salt: hex(salt), pepper: Secret(copying: hex(secret)),
            associatedData: hex(data), tagLength: tag.count)
        return try Argon2Engine.libargon2.compute(input) == tag
    }

    private func encodes() throws -> Bool {
        let text = try need(text)
        let (encode, decode): (([UInt8]) -> String, (String) -> [UInt8]?) =
            switch try need(encoding) {
            case "base16": ({ Hex.encode($0) }, { Hex.decode($0) })
            case "base32": ({ Base32.encode($0, padded: true) }, { Base32.decode($0) })
            case "base64": ({ Base64.standard.encode($0) }, { Base64.standard.decode($0) })
            case "base64url": ({ Base64.urlSafe.encode($0) }, { Base64.urlSafe.decode($0) })
            default: throw Missing()
            }
        if invalid != nil { return decode(text) == nil }
        return try encode(hex(bytes)) == text && decode(text) == hex(bytes)
    }

    private func derives() throws -> Bool {
        let expected = try hex(okm)
        // RFC 5869 § 2.3: L is at most 255 digests.
        let function = try need(HashFunction(rawValue: need(hash)))
        guard (1...255 * function.digestLength).contains(expected.count), try !hex(key).isEmpty else { throw Missing() }
        let derived = try hkdf(
            function, key: Secret(copying: hex(key)), salt: hex(salt), info: hex(info),
            length: expected.count)
        return derived.copyBytes() == expected
    }

    private func cborRoundTrip() throws -> Bool {
        let encoded = try hex(cbor)
        let decoded = CBORItem(decoding: encoded)
        if status == "refused" { return decoded == nil }
        let item = try bytes.map { .bytes(try hex($0)) } ?? value ?? .null
        return decoded == item && item.encoded == encoded
    }
}
