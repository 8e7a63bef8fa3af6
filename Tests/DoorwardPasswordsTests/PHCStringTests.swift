// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardPasswords
import DoorwardTesting
import Testing

@Suite struct PHCStringTests {
    private static let good =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"

    @Test(arguments: [
        good, good.replacing("argon2id", with: "argon2i"), good.replacing("p=1", with: "p=1,keyid=AAECAwQFBgc"),
        good.replacing("m=19456,t=2,p=1", with: "m=512,t=1,p=64"),
        good.replacing("m=19456,t=2", with: "m=2097152,t=8"),
    ])
    func whatParsesIsPrintedByteForByte(_ text: String) throws {
        #expect(try PHCString(parsing: text).text == text)
    }

    @Test(arguments: [
        "", "$", "$$$$$", good + "$", " " + good, good + "\n", good.replacing("argon2id", with: "argon2x"),
        good.replacing("v=19", with: "v=16"), good.replacing("$v=19", with: ""), good.replacing("v=19", with: "v=019"),
        good.replacing("m=19456", with: "m=4294967296"), good.replacing("m=19456", with: "m=99999999999999999999"),
        good.replacing("m=19456", with: "m=2097153"), good.replacing("m=19456", with: "m=019456"),
        good.replacing("m=19456", with: "m=+19456"), good.replacing("m=19456", with: "m=-1"),
        good.replacing("m=19456", with: "m=７"), good.replacing("m=19456", with: "m="),
        good.replacing("m=19456", with: "m=7"),
        good.replacing("t=2", with: "t=0"), good.replacing("t=2", with: "t=4000000"),
        good.replacing("m=19456,t=2", with: "m=2097152,t=9"), good.replacing("p=1", with: "p=0"),
        good.replacing("p=1", with: "p=65"), good.replacing("m=19456,t=2", with: "t=2,m=19456"),
        good.replacing("t=2", with: "t=2,t=2"), good.replacing("p=1", with: "p=1,data=AAAA"),
        good.replacing("p=1", with: "p=1,keyid=AA"), good.replacing("p=1", with: "p=1,keyid="),
        good.replacing("c29tZXNhbHRzb21lc2FsdA", with: "c29tZQ"),
        good.replacing("c29tZXNhbHRzb21lc2FsdA", with: "c29tZXNhbHRzb21lc2FsdB"),
        good.replacing("c29tZXNhbHRzb21lc2FsdA", with: "c29tZXNhbHRzb21lc2FsdA=="),
        good.replacing("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE", with: "MDEyMw"),
        good.replacing("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE", with: ""),

        good + String(repeating: "A", count: 512),
    ])
    func whatIsNotExactlyThatIsRefused(_ text: String) {
        #expect(throws: PHCStringError.self) { try PHCString(parsing: text) }
    }

    @Test func aMegabyteIsRefused() {
        for unit in ["$", "A", Self.good] {
            #expect(throws: PHCStringError.self) {
                try PHCString(parsing: String(repeating: unit, count: 1_000_000 / unit.count))
            }
        }
    }

    @Test func tenThousandMutationsEndInAStringOrATypedError() {
        let random = SeededRandomSource(seed: 3)
        var generator: any RandomNumberGenerator = random
        for _ in 0..<10_000 {
            var bytes = Array(Self.good.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let at = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[at] = .random(in: 0...255, using: &generator)
                case 1: bytes.insert(UInt8(ascii: "9"), at: at)
                default: bytes.removeSubrange(at..<min(at + 3, bytes.count))
                }
                if bytes.isEmpty { break }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            if let parsed = try? PHCString(parsing: text) { #expect(parsed.text == text) }
        }
    }
}
