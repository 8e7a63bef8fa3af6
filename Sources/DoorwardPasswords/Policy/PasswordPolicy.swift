// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import Foundation

/// What a new password must be: long, and not one that others try first.
///
/// There are no composition rules and no expiry. (NIST SP 800-63B-4 § 3.1.1.2; ASVS V6.2.1, V6.2.4 to V6.2.11)
public struct PasswordPolicy: Sendable {
    /// Fewest code points, after NFC: 15, or 8 where every sign-in needs a second factor.
    public let minimumLength: Int
    /// Words of the service: its name, its maker's, its products'. (ASVS V6.1.2)
    public let contextWords: [String]

    /// - Parameter secondFactorIsRequired: Whether no sign-in to the account goes by the password alone.
    public init(secondFactorIsRequired: Bool = false, contextWords: [String] = []) {
        minimumLength = secondFactorIsRequired ? 8 : 15
        self.contextWords = contextWords
    }

    /// All that speaks against a password; nothing if it may be used.
    ///
    /// - Parameter accountWords: Words of the account, such as its name.
    public func violations(of password: Password, accountWords: [String] = []) -> [PasswordViolation] {
        switch password.form {
        case .empty: return [.tooShort(minimumLength)]
        case .tooLong: return [.tooLong]
        case .notUTF8: return [.notText]
        case .wellFormed(let codePoints):
            guard let secret = password.normalized else { return [.notText] }
            var bytes = secret.copyBytes()
            defer { wipe(&bytes) }
            let text = String(decoding: bytes, as: UTF8.self)
            var violations: [PasswordViolation] = []
            if codePoints < minimumLength { violations.append(.tooShort(minimumLength)) }
            if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .unassigned }) {
                violations.append(.unassigned)
            }
            let folded = text.lowercased().precomposedStringWithCanonicalMapping
            if Blocklist.common.contains(folded) || Self.repeatsOneUnit(Array(folded.unicodeScalars)) {
                violations.append(.common)
            }
            if Self.isMade(of: contextWords + accountWords, folded) { violations.append(.context) }
            return violations
        }
    }

    /// "aaaaaaaa", "abcabcabc": one unit again and again.
    private static func repeatsOneUnit(_ scalars: [Unicode.Scalar]) -> Bool {
        guard scalars.count >= 2 else { return false }
        return (1...scalars.count / 2).contains { length in
            scalars.count % length == 0 && zip(scalars, scalars.dropFirst(length)).allSatisfy { $0 == $1 }
        }
    }

    /// Whether the letters of a password are some of the words joined, with digits and punctuation anywhere around.
    private static func isMade(of words: [String], _ folded: String) -> Bool {
        func letters(_ text: String) -> [Unicode.Scalar] {
            text.lowercased().precomposedStringWithCanonicalMapping.unicodeScalars.filter { $0.properties.isAlphabetic }
        }
        let rest = letters(folded)
        let units = words.map(letters).filter { $0.count >= 3 }
        guard !rest.isEmpty, !units.isEmpty else { return false }
        var reachable = [true] + [Bool](repeating: false, count: rest.count)
        for end in 1...rest.count {
            reachable[end] = units.contains { unit in
                unit.count <= end && reachable[end - unit.count] && rest[(end - unit.count)..<end].elementsEqual(unit)
            }
        }
        return reachable[rest.count]
    }
}

/// Something that speaks against a new password.
public struct PasswordViolation: Hashable, Sendable, CustomStringConvertible {
    /// A word for programs: `password.tooShort` and so on. An open set.
    public let code: String
    /// Advice for people.
    public let message: String

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    package static func tooShort(_ minimum: Int) -> PasswordViolation {
        .init(
            code: "password.tooShort",
            message: "Use at least \(minimum) characters; a few words in a row are easy to remember.")
    }
    package static let tooLong = Self(
        code: "password.tooLong",
        message: "Use at most \(Password.maximumCodePoints) characters and \(Password.maximumBytes) bytes.")
    package static let common = Self(
        code: "password.common", message: "This is among the first passwords that others try. Choose another.")
    package static let breached = Self(
        code: "password.breached",
        message: "It has come out in a breach of some service, so others try it. Choose another.")
    package static let context = Self(
        code: "password.context", message: "Do not build it from your name or the name of this service.")
    package static let reused = Self(code: "password.reused", message: "Choose a password that you do not use already.")
    package static let unassigned = Self(
        code: "password.unassigned", message: "It has a character that Unicode does not define (yet). Leave it out.")
    package static let notText = Self(code: "password.notText", message: "It is not valid UTF-8 text.")

    public var description: String { message }
}
