// SPDX-License-Identifier: Apache-2.0

/// A name that people sign in with, in its one canonical form.
///
/// It follows the UsernameCaseMapped profile (RFC 8265 § 3.3): width mapping, lower case, NFC, the identifier class of
/// RFC 8264, and the Bidi rule of RFC 5893. So every spelling of a name is one identity with one attempt budget, and
/// all stores, which compare bytes, agree on it. (ASVS V6.3.8)
///
/// Limit: letters of one script may still look alike.
public struct LoginName: Hashable, Sendable {
    /// The canonical form, 1 to 255 bytes of UTF-8.
    public let text: String

    /// - Throws: ``LoginNameError``, which says what is wrong.
    public init(_ raw: String) throws(LoginNameError) {
        guard !raw.isEmpty else { throw .empty }
        guard raw.utf8.count <= 1024 else { throw .tooLong }  // before any work; mapping can shorten
        text = try UsernameProfile.enforce(raw)
        guard text.utf8.count <= 255 else { throw .tooLong }
    }

    /// Refuses names whose letters belong to several scripts, such as a Cyrillic "а" among Latin letters. Asked when a
    /// name is registered; Han may go with the Japanese, Korean and Bopomofo scripts (UTS 39 § 5.2).
    public func requireSingleScript() throws(LoginNameError) {
        var scripts = Set(text.unicodeScalars.compactMap { UnicodeTables.script[$0] })
        scripts.subtract(["Common", "Inherited"])
        let together: [Set<String>] = [
            ["Han", "Hiragana", "Katakana"], ["Han", "Hangul"], ["Han", "Bopomofo"],
        ]
        guard scripts.count <= 1 || together.contains(where: scripts.isSubset) else { throw .mixedScripts }
    }
}

/// Why a text is no login name. Safe to show: it does not repeat the text.
public struct LoginNameError: Error, Hashable, Sendable, CustomStringConvertible {
    private enum Value: String, Hashable, Sendable {
        case empty = "a name must not be empty"
        case tooLong = "a name has at most 255 bytes"
        case disallowedCharacter = "a name is made of letters, digits and ASCII punctuation, without spaces"
        case bidiRule = "a name that runs from right to left must not mix directions"
        case notAnAddress = "an address has one @, between its name and its domain, and no spaces or commas"
        case mixedScripts = "the letters of a name must belong to one script"
    }
    private let value: Value

    public static let empty = LoginNameError(value: .empty)
    public static let tooLong = LoginNameError(value: .tooLong)
    public static let disallowedCharacter = LoginNameError(value: .disallowedCharacter)
    public static let bidiRule = LoginNameError(value: .bidiRule)
    public static let notAnAddress = LoginNameError(value: .notAnAddress)
    public static let mixedScripts = LoginNameError(value: .mixedScripts)

    public var description: String { value.rawValue }
}
