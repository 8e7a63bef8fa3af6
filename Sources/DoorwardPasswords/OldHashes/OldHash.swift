// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// A hash that another system made of a password: verified as that system did, until a sign-in makes a new one.
///
/// Understood are, as they stand in the tables of those systems:
///
/// - bcrypt `$2a$`, `$2b$`, `$2y$`, also Django's `bcrypt$…` and `bcrypt_sha256$…`; SHA-256-crypt `$5$`, SHA-512-crypt
///   `$6$`; yescrypt `$y$`: with trait `LegacyCrypt`
/// - PBKDF2: Django `pbkdf2_sha256$…` and `pbkdf2_sha1$…`, passlib `$pbkdf2$…`, `$pbkdf2-sha256$…`, `$pbkdf2-sha512$…`,
///   Werkzeug `pbkdf2:sha256:…`, ASP.NET Identity versions 2 and 3
/// - scrypt: Werkzeug `scrypt:…`, Django `scrypt$…`, passlib `$scrypt$…`
/// - Argon2 `$argon2id$…`, `$argon2i$…`, `$argon2d$…` of version 19 without a pepper, also Django's `argon2$…`
///
/// The password's bytes are taken as received, as those systems took them; an empty one never matches. bcrypt looks at
/// the first 72 bytes only, so a longer password matches by them, as it did there; what it is upgraded to keeps that.
/// crypt(3) schemes cannot hash a NUL or more than 511 bytes: such a password never matches them (but those of
/// `bcrypt_sha256`, which hash a digest).
public struct OldHash: Redacted, Hashable, Sendable {
    package let recipe: HashRecipe
    package let digest: [UInt8]

    package init(recipe: HashRecipe, digest: [UInt8]) {
        self.recipe = recipe
        self.digest = digest
    }

    /// - Throws: ``OldHashError``, which says what is wrong and does not repeat the text.
    public init(parsing text: String) throws(OldHashError) {
        guard text.utf8.count <= 1024 else { throw .malformed }
        guard let format = OldHashFormat.all.first(where: { $0.isMeant(text) }) else { throw .unknown }
        self = try format.parse(text)
        #if !LegacyCrypt
        if case .crypt = recipe { throw .traitMissing }
        #endif
    }

    /// Whether the password is the one that was hashed. On the caller's thread: for tests of the schemes themselves.
    package func matches(_ password: Password, engine: Argon2Engine) throws(HashingError) -> Bool {
        guard let phrase = recipe.phrase(password) else { return false }
        return constantTimeEqual(try recipe.compute(phrase, engine: engine), digest)
    }
}

/// Why a text is no hash that can be verified. Safe to show: it does not repeat the text.
public struct OldHashError: Error, Hashable, Sendable, CustomStringConvertible {
    /// For programs, such as `hash.unknown`.
    public let code: String
    public let description: String

    /// No format that is understood.
    public static let unknown = OldHashError(code: "hash.unknown", description: "no format that is understood")
    /// The format is clear, a part of it is wrong or out of range.
    public static let malformed = OldHashError(
        code: "hash.malformed", description: "a part of the hash is missing, malformed or out of range")
    /// Made with a pepper, which is not known here.
    public static let peppered = OldHashError(
        code: "hash.peppered", description: "the hash was made with a pepper of another system")
    /// This build lacks trait `LegacyCrypt`.
    public static let traitMissing = OldHashError(
        code: "hash.trait", description: "this was built without trait LegacyCrypt, which such hashes need")
}
