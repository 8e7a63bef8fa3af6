// SPDX-License-Identifier: Apache-2.0

#if Zxcvbn
import DoorwardCore
import DoorwardPasswords
import Testing

/// Estimates are advice: what matters is their order.
@Suite struct PasswordEstimateTests {
    private func bits(_ text: String, words: [String] = []) throws -> Double {
        try #require(PasswordEstimate(of: Password(text), words: words)).bits
    }

    @Test func wordsAndPatternsAreEasierThanTheyLook() throws {
        #expect(try bits("Password1!") < 20)
        #expect(try bits("qwertyuiop") < 20)
        #expect(try bits("tr0ub4dor&3") < bits("correct horse battery staple"))
        #expect(try bits("xkq9wv2mzt7p") > 45)
    }

    @Test func wordsOfTheAccountMakeItEasier() throws {
        #expect(try bits("zelenskaya77", words: ["Zelenskaya", "", "a\0b"]) < bits("zelenskaya77"))
    }

    @Test func thereIsNoneForWhatTheLibraryDoesNotKnow() throws {
        for text in ["", "пароль", "a\0b", "\u{e9}t\u{e9}"] { #expect(PasswordEstimate(of: Password(text)) == nil) }
        // More than a hundred characters count as a hundred.
        let long = String(repeating: "xkq9wv2mzt7p", count: 80)
        #expect(try bits(long) == bits(String(long.prefix(100))))
    }
}
#endif
