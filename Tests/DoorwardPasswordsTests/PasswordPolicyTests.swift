// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
@testable import DoorwardPasswords
import Testing

@Suite struct PasswordPolicyTests {
    private func codes(_ text: String, _ policy: PasswordPolicy = PasswordPolicy(), words: [String] = []) -> [String] {
        policy.violations(of: Password(text), accountWords: words).map(\.code)
    }

    @Test(arguments: [
        "correct horse battery staple", "ein Satz mit Umlauten äöü", "пароль из нескольких слов", "一二三四五六七八九十甲乙丙丁戊",
        "aaaaaaaaaaaaaab", "               x", "🦜 on a wire above the sea",
    ])
    func longPasswordsOfAnyCharactersPass(_ text: String) { #expect(codes(text).isEmpty) }

    @Test func lengthIsCountedInCodePointsAfterNormalisation() {
        let eacute = String(repeating: "e\u{301}", count: 13)
        #expect(codes(eacute + "x").contains("password.tooShort"))  // 14 code points in NFC, 27 before
        #expect(!codes(eacute + "xy").contains("password.tooShort"))
        #expect(codes("").contains("password.tooShort"))
        let short = PasswordPolicy(secondFactorIsRequired: true)
        #expect(codes("k9#vTz!", short) == ["password.tooShort"])
        #expect(codes("k9#vTz!q", short).isEmpty)
    }

    @Test func tooLongIsRefusedBeforeAnythingElse() {
        let words = (0..<1030).map { "\(UnicodeScalar(0x61 + UInt8($0 * 7 % 26)))" }.joined()
        #expect(codes(String(words.prefix(1024))).isEmpty)
        #expect(codes(String(words.prefix(1025))) == ["password.tooLong"])
        #expect(codes(String(repeating: "é", count: 2049)) == ["password.tooLong"])
        #expect(codes(String(repeating: "x", count: 10_000_000)) == ["password.tooLong"])
    }

    @Test(arguments: [
        "passwordpassword", "PASSWORDPASSWORD", "1234567890123456789", "aaaaaaaaaaaaaaaaaaaa", "abcabcabcabcabcabc",
        "qwertyuiop123456",
    ])
    func commonAndRepeatingPasswordsAreRefused(_ text: String) { #expect(codes(text).contains("password.common")) }

    @Test func theListHasEnoughEntriesForEitherMinimum() {
        // ASVS V6.2.4: the 3,000 most common that fit the policy.
        let entries = commonPasswords.description.split(separator: "\n")
        #expect(entries.count { $0.count >= 8 } >= 3000)
        #expect(entries.count { $0.count >= 15 } >= 3000)
        // Each is found, so the halving is right; what is not there is not.
        let short = PasswordPolicy(secondFactorIsRequired: true)
        for entry in entries { #expect(codes(String(entry), short).contains("password.common")) }
        for entry in entries.prefix(200) { #expect(!codes(entry + "~|", short).contains("password.common")) }
    }

    @Test func wordsOfTheServiceAndTheAccountAreRefusedJoinedAndDecorated() {
        let policy = PasswordPolicy(contextWords: ["Doorward", "Acme"])
        for text in ["doorward-2026-acme", "AliceAliceDoorward", "!!alice!!acme!!2026", "1234alice5678901234"] {
            #expect(codes(text, policy, words: ["alice"]).contains("password.context"))
        }
        for text in ["doorward is a fine library", "malice in wonderland"] {
            #expect(codes(text, policy, words: ["alice"]).isEmpty)
        }
    }

    @Test func unassignedCodePointsAndBadUTF8AreRefused() {
        #expect(codes("a long password \u{378}") == ["password.unassigned"])
        let bad = Password(utf8: Secret(copying: Array("a long password ".utf8) + [0xFF]))
        #expect(PasswordPolicy().violations(of: bad).map(\.code) == ["password.notText"])
    }
}
