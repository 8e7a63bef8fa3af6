// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardTesting
import Testing

/// Ids lie in words, and are bytes all the same.
@Suite struct RecordIDTests {
    @Test func idsAreComparedAsBytesWhateverTheirLength() throws {
        var random = SeededRandomSource(seed: 32)
        // Few bytes that differ, so that many ids begin alike, and zeros at their ends.
        func some() -> [UInt8] {
            (0..<Int.random(in: 0...32, using: &random)).map { _ in
                [0, 0, 0, 1, 255].randomElement(using: &random) ?? 0
            }
        }
        var related = 0
        for _ in 0..<5000 {
            let bytes = some()
            // Some other, or one that differs in its end alone.
            let cut = Int.random(in: 0...bytes.count, using: &random)
            let other = Bool.random(using: &random) ? some() : Array(bytes.prefix(cut)) + some().prefix(32 - cut)
            let (a, b) = (try #require(RecordID(bytes)), try #require(RecordID(other)))
            #expect(a.bytes == bytes && b.bytes == other)
            #expect((a == b) == (bytes == other) && (a != b || a.hashValue == b.hashValue))
            #expect((a < b) == bytes.lexicographicallyPrecedes(other))
            if bytes != other, bytes.starts(with: other) || other.starts(with: bytes) { related += 1 }
        }
        #expect(related > 100)
    }

    @Test func accountsAreComparedAsBytesWhateverTheirLength() throws {
        #expect(AccountID(bytes: []) == nil && AccountID(bytes: [UInt8](repeating: 1, count: 65)) == nil)
        var known = Set<AccountID>()
        for length in 1...64 {
            for last: UInt8 in [0, 1] {
                let bytes = [UInt8](repeating: 0, count: length - 1) + [last]
                let account = try #require(AccountID(bytes: bytes))
                #expect(account.bytes == bytes && known.insert(account).inserted)
                // However the bytes are held.
                #expect(AccountID(bytes: bytes.lazy.map { $0 }) == account)
                #expect(AccountID(bytes: ([9] + bytes).dropFirst()) == account)
                var writer = CBORWriter()
                writer.account(account)
                var reader = CBORReader(writer.bytes)
                #expect(try reader.account() == account)
            }
        }
    }

    @Test func idsHaveNoMoreThan32Bytes() {
        #expect(RecordID([UInt8](repeating: 1, count: 33)) == nil)
        #expect(RecordID([UInt8](repeating: 1, count: 300)) == nil)
        #expect(RecordID([]) == .only)
        #expect(RecordID(label: String(repeating: "x", count: 40)).bytes == [UInt8](repeating: 0x78, count: 32))
    }
}
