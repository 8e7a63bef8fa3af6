// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// An Argon2 hash as text: `$argon2id$v=19$m=19456,t=2,p=1$salt$tag`, with `,keyid=…` after `p` where a pepper was used.
///
/// Parsing is strict, and its limits are checked before anything is allocated: 512 bytes, version 19, salt 8 to 64
/// bytes, tag 16 to 64, numbers in decimal without leading zeros, each parameter once and in this order, Base64 without
/// padding or spare bits. What it accepts it prints again byte for byte. `data=` is refused: nothing here makes it.
public struct PHCString: Redacted, Hashable, Sendable {
    public let variant: Argon2Variant
    public let parameters: Argon2Parameters
    /// The pepper's name, if there is one.
    public let keyID: KeyID?
    package let salt: [UInt8]
    package let tag: [UInt8]

    package init(
        variant: Argon2Variant, parameters: Argon2Parameters, keyID: KeyID?, salt: [UInt8], tag: [UInt8]
    ) {
        self.variant = variant
        self.parameters = parameters
        self.keyID = keyID
        self.salt = salt
        self.tag = tag
    }

    /// - Throws: ``PHCStringError``, which says what part is wrong.
    public init(parsing text: String) throws(PHCStringError) {
        guard text.utf8.count <= 512 else { throw PHCStringError(reason: "longer than 512 bytes") }
        let fields = text.utf8.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        guard fields.count == 6, fields[0].isEmpty else { throw PHCStringError(reason: "not five fields after a $") }
        guard let variant = Argon2Variant(rawValue: fields[1]) else {
            throw PHCStringError(reason: "the algorithm is not argon2id, argon2i or argon2d")
        }
        guard fields[2] == "v=19" else { throw PHCStringError(reason: "the version is not v=19") }
        let names = ["m", "t", "p", "keyid"]
        let pairs = fields[3].split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false) }
        guard (3...4).contains(pairs.count), pairs.allSatisfy({ $0.count == 2 }),
            pairs.map({ String($0[0]) }) == Array(names.prefix(pairs.count))
        else { throw PHCStringError(reason: "the parameters are not m, t, p and, at most, keyid") }
        guard let memory = Self.decimal(pairs[0][1]), let passes = Self.decimal(pairs[1][1]),
            let lanes = Self.decimal(pairs[2][1])
        else { throw PHCStringError(reason: "a parameter is not a plain decimal number") }
        guard let parameters = Argon2Parameters(verifying: memory, passes: passes, parallelism: lanes) else {
            throw PHCStringError(reason: "a parameter is out of range")
        }
        if pairs.count == 4 {
            guard let id = Base64.unpadded.decode(pairs[3][1]).flatMap({ KeyID(bytes: $0) }) else {
                throw PHCStringError(reason: "keyid is not 8 bytes in Base64")
            }
            keyID = id
        } else {
            keyID = nil
        }
        guard let salt = Base64.unpadded.decode(fields[4]), (8...64).contains(salt.count) else {
            throw PHCStringError(reason: "the salt is not 8 to 64 bytes in Base64")
        }
        guard let tag = Base64.unpadded.decode(fields[5]), (16...64).contains(tag.count) else {
            throw PHCStringError(reason: "the hash is not 16 to 64 bytes in Base64")
        }
        self.variant = variant
        self.parameters = parameters
        self.salt = salt
        self.tag = tag
    }

    private static func decimal(_ text: Substring) -> Int? {
        guard (1...7).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            text.utf8.first != 0x30
        else { return nil }
        return Int(text)
    }

    /// The text form. It is the hash itself: not for logs.
    public var text: String {
        let pepper = keyID.map { ",keyid=" + Base64.unpadded.encode($0.bytes) } ?? ""
        return "$\(variant.rawValue)$v=19$m=\(parameters.memoryKiB),t=\(parameters.passes),p=\(parameters.parallelism)"
            + "\(pepper)$\(Base64.unpadded.encode(salt))$\(Base64.unpadded.encode(tag))"
    }
}

/// Why a text is no PHC string. Safe to show: it does not repeat the text.
public struct PHCStringError: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: String
    public var description: String { reason }
}
