// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardTesting
import Testing

@_spi(Testing) import DoorwardPasswords

/// Hashes of other systems. Those that they made themselves are `Vectors/old-hashes.json`.
@Suite struct OldHashTests {
    private static let hasher = PasswordHasher(parameters: .insecureForTesting, keys: KeyRing())

    @Test(arguments: [
        "", "secret", "$", "$$$$", "$1$salt$hash", "$2x$04$B5HaHcCxGfxvMhP4TxeETuripuONdVE90h6YQcrNglgY./HUP406S",
        "md5$salt$hash", "sha1$salt$7c4a8d09ca3762af61e59520943dc26494f8941b", "QUJDRA==", "{SSHA}abc",
        "!bK5hSBjQ",
    ]) func otherFormatsAreUnknown(_ text: String) {
        #expect(throws: OldHashError.unknown) { try OldHash(parsing: text) }
    }

    @Test(arguments: [
        // Parts missing, or too many
        "pbkdf2_sha256$1000$salt", "pbkdf2_sha256$1000$salt$AAAAAAAAAAAAAAAAAAAAAA==$", "pbkdf2_md5$1$salt$AAAA",
        "scrypt:1024:8$salt$00", "$scrypt$ln=8,r=8$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA", "$pbkdf2-sha256$1000$c2FsdA",
        "pbkdf2:sha256$salt$00", "$argon2id$v=19$m=64,t=2$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "AA==", "AQ==",
        // Out of range
        "pbkdf2_sha256$0$salt$AAAAAAAAAAAAAAAAAAAAAA==", "pbkdf2_sha256$5000001$salt$AAAAAAAAAAAAAAAAAAAAAA==",
        "pbkdf2_sha256$-1$salt$AAAAAAAAAAAAAAAAAAAAAA==", "pbkdf2_sha256$99999999999$salt$AAAAAAAAAAAAAAAAAAAAAA==",
        "pbkdf2_sha256$1000$salt$AAAA", "scrypt:1000:8:1$salt$00000000000000000000000000000000",
        "scrypt:16777216:8:1$salt$00000000000000000000000000000000",
        "scrypt:9999999999:9999999999:9999999999$salt$00000000000000000000000000000000",
        "scrypt:2:1:1024000$salt$00000000000000000000000000000000",
        "$scrypt$ln=63,r=8,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA", "$scrypt$ln=64,r=8,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA",
        // Version 3 of ASP.NET Identity with a salt beyond its end, and an unknown function
        "AQAAAAEAACcQ/////wAAAAAAAAAAAAAAAAAAAAAAAAAA", "AQAAAAkAACcQAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        // crypt(3)
        "$2b$03$B5HaHcCxGfxvMhP4TxeETuripuONdVE90h6YQcrNglgY./HUP406S",
        "$2b$17$B5HaHcCxGfxvMhP4TxeETuripuONdVE90h6YQcrNglgY./HUP406S", "$2b$04$B5HaHcCxGfxvMhP4TxeETu", "$2b$04$",
        "$6$rounds=999$salt$AAAA", "$6$rounds=2000001$salt$AAAA", "$6$salt$short", "$6$$", "$y$j9T$salt",
        "$y$jzz$salt$HqKDWGR/oq.v29xo/LQix7P.2FmpOEa57aqRuxYg325", "$6$a b$" + String(repeating: "A", count: 86),
    ]) func malformedOnesAreRefused(_ text: String) {
        #expect(throws: OldHashError.malformed) { try OldHash(parsing: text) }
    }

    @Test func aPepperOfOthersIsRefused() {
        let text = "$argon2id$v=19$m=64,t=2,p=2,keyid=AAAAAAAAAAA$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"
        #expect(throws: OldHashError.peppered) { try OldHash(parsing: text) }
    }

    @Test func noTextTraps() {
        let generator = SeededRandomSource(seed: 7)
        let seeds = [
            "pbkdf2_sha256$1000$salt$AAAAAAAAAAAAAAAAAAAAAA==",
            "scrypt:1024:8:1$salt$0000000000000000000000000000000000",
            "$scrypt$ln=8,r=8,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA", "AQAAAAIAAAAyAAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4B6pZWN",
            "$2b$04$B5HaHcCxGfxvMhP4TxeETuripuONdVE90h6YQcrNglgY./HUP406S",
            "$y$j9T$salt$" + String(repeating: "A", count: 43),
            "$6$rounds=1000$salt$" + String(repeating: "A", count: 86),
            "$pbkdf2-sha256$1000$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA",
        ]
        for _ in 0..<10_000 {
            var bytes = Array(seeds[Int(generator.next() % UInt64(seeds.count))].utf8)
            for _ in 0..<(1 + generator.next() % 4) {
                let place = Int(generator.next() % UInt64(bytes.count))
                switch generator.next() % 3 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
                case 1: bytes.insert(UInt8(ascii: "$"), at: place)
                default: bytes.remove(at: place)
                }
                if bytes.isEmpty { bytes = [0x24] }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            // What is taken for a hash can be stored and read again.
            guard let hash = try? OldHash(parsing: text) else { continue }
            var writer = CBORWriter()
            writer.hash(.old(hash))
            var reader = CBORReader(writer.bytes)
            let read = try? reader.hash()
            #expect(read == .old(hash))
        }
    }

    @Test func theBytesAsReceivedCountAndNotTheirNormalisation() async throws {
        // PBKDF2 of "café" with a combining accent, as a system that normalises nothing made it.
        let typed = Password("cafe\u{301} au lait"), composed = Password("caf\u{E9} au lait")
        let old = try #require(Self.pbkdf2(of: typed))
        #expect(try await Self.hasher.verify(typed, against: old))
        #expect(try await !Self.hasher.verify(composed, against: old))
        // From the upgrade on both are one password.
        let place = { try Self.hasher.pool.admit() }
        let new = try #require(try await Self.hasher.upgraded(.old(old), by: typed))
        #expect(try await Self.hasher.verify(composed, against: new, in: place()))
        // What is not UTF-8 matched there, so it does here; it cannot be hashed anew, so its hash is wrapped.
        let bytes = Password(utf8: Secret(copying: [0xFF, 0xFE, 0x41, 0x42]))
        let oldOfBytes = try #require(Self.pbkdf2(of: bytes))
        #expect(try await Self.hasher.verify(bytes, against: oldOfBytes))
        let kept = try #require(try await Self.hasher.upgraded(.old(oldOfBytes), by: bytes))
        #expect(try await Self.hasher.verify(bytes, against: kept, in: place()))
        #expect(try await Self.hasher.upgraded(kept, by: bytes) == nil)
    }

    @Test func anEmptyPasswordNeverMatches() async throws {
        let empty = DoorwardCore.pbkdf2(
            .sha256, password: Secret(copying: []), salt: [], iterations: 1, length: 32)
        let old = OldHash(recipe: .pbkdf2(.sha256, iterations: 1, salt: [], length: 32), digest: try #require(empty))
        #expect(try await !Self.hasher.verify(Password(""), against: old))
    }

    @Test func aHashBeyondTheBudgetIsUnavailableAndNoVerdict() async throws {
        let small = PasswordHasher(
            parameters: .insecureForTesting, pool: HashingPool(.init(threads: 1, memoryBudget: 1 << 20)))
        let text = "scrypt:32768:8:1$salt$" + String(repeating: "00", count: 64)
        await #expect(throws: HashingError.self) {
            try await small.verify(Password("secret"), against: OldHash(parsing: text))
        }
    }

    @Test func aWrappedHashKnowsItsPasswordAndTheRecordKeepsIt() async throws {
        let password = Password("cafe\u{301} au lait")
        let old = try #require(Self.pbkdf2(of: password))
        let wrapped = try await Self.hasher.wrap(old)
        #expect(wrapped.keyID != nil)
        let record = PasswordRecord(
            account: try #require(AccountID(bytes: [1])), hash: wrapped, setAt: Timestamp(seconds: 1),
            previous: [.old(old)], random: SystemRandomSource())
        let stored = try PasswordRecord(stored: record.encoded())
        #expect(stored == record)
        // The digest as it came is nowhere in what is stored of it.
        var writer = CBORWriter()
        writer.hash(wrapped)
        #expect(!writer.bytes.contains(old.digest) && record.encoded().contains(old.digest))
        #expect(try await Self.hasher.verify(password, against: stored.hash, in: Self.hasher.pool.admit()))
        let other = Password("caf\u{E9} au lait")
        #expect(try await !Self.hasher.verify(other, against: stored.hash, in: Self.hasher.pool.admit()))
        guard case .own = try await Self.hasher.upgraded(wrapped, by: password) else {
            Issue.record("a wrapped hash was not made anew")
            return
        }
    }

    #if LegacyCrypt
    /// bcrypt of 72 times x, by Python's bcrypt.
    private static func bcrypt(of password: Password) throws -> OldHash {
        let setting = "$2b$04$B5HaHcCxGfxvMhP4TxeETu"
        let blank = try OldHash(parsing: setting + String(repeating: ".", count: 31))
        let phrase = try #require(password.received)
        guard case .crypt(let crypt) = blank.recipe else { throw OldHashError.unknown }
        return OldHash(recipe: blank.recipe, digest: try crypt.compute(phrase))
    }

    @Test func bcryptLooksAt72BytesAndAnUpgradeKeepsThat() async throws {
        let (kept, longer) = (String(repeating: "x", count: 72), String(repeating: "x", count: 72) + " and more")
        for typed in [kept, longer] {
            let old = try Self.bcrypt(of: Password(longer))
            #expect(try await Self.hasher.verify(Password(typed), against: old))
            #expect(try await !Self.hasher.verify(Password(String(kept.dropLast())), against: old))
            // Whoever signs in with another ending must not bind the owner to it.
            let new = try #require(try await Self.hasher.upgraded(.old(old), by: Password(typed)))
            for other in [kept, longer, kept + " and something else"] {
                #expect(try await Self.hasher.verify(Password(other), against: new, in: Self.hasher.pool.admit()))
            }
            #expect(try await Self.hasher.upgraded(new, by: Password(typed)) == nil)
            // A pepper that is no longer the active one is replaced all the same.
            let rotated = PasswordHasher(parameters: .default, keys: KeyRing())
            await #expect(throws: HashingError.self) {
                try await rotated.verify(Password(typed), against: new, in: rotated.pool.admit())
            }
        }
        // With 71 bytes all of it counts, so it is made anew.
        let short = Password(String(repeating: "x", count: 71))
        let old = try Self.bcrypt(of: short)
        #expect(try await !Self.hasher.verify(Password(kept), against: old))
        guard case .own = try await Self.hasher.upgraded(.old(old), by: short) else {
            Issue.record("not made anew")
            return
        }
    }

    @Test func aNULNeverMatchesACryptHash() async throws {
        // crypt(3) would stop at it, and take what is before it for the whole.
        let old = try Self.bcrypt(of: Password("before"))
        #expect(try await Self.hasher.verify(Password("before"), against: old))
        #expect(try await !Self.hasher.verify(Password("before\0after"), against: old))
        let long = Password(String(repeating: "x", count: 600))
        let sha = try OldHash(parsing: "$6$salt$" + String(repeating: "A", count: 86))
        #expect(try await !Self.hasher.verify(long, against: sha))
    }

    @Test func theWorkForNobodyIsWorkOfTheSameSort() throws {
        for setting in [
            "$2b$04$B5HaHcCxGfxvMhP4TxeETu", "$6$rounds=1000$lC.qMpQzK1GAiZR1$", "$5$x$", "$y$j75$Cd0b1qlk$",
        ] {
            let parsed = try #require(CryptSetting(setting, isPrehashed: false))
            #expect(parsed.blank != parsed && parsed.blank.blank == parsed.blank)
            #expect(try parsed.blank.compute(Secret(copying: [0x30])).count == parsed.digestLength)
        }
    }
    #else
    @Test func withoutTheTraitCryptHashesSayWhatIsMissing() {
        #expect(throws: OldHashError.traitMissing) {
            try OldHash(parsing: "$2b$04$B5HaHcCxGfxvMhP4TxeETuripuONdVE90h6YQcrNglgY./HUP406S")
        }
    }
    #endif

    private static func pbkdf2(of password: Password) -> OldHash? {
        let salt = Array("salt".utf8)
        return password.received.flatMap {
            DoorwardCore.pbkdf2(.sha256, password: $0, salt: salt, iterations: 10, length: 32)
        }.map { OldHash(recipe: .pbkdf2(.sha256, iterations: 10, salt: salt, length: 32), digest: $0) }
    }
}
