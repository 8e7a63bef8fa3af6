// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardTesting
import Testing

@Suite struct EncodingTests {
    @Test func decodingIsTheInverseOfEncodingForRandomBytes() {
        let random = SeededRandomSource(seed: 1)
        for length in 0..<200 {
            let bytes = random.bytes(length)
            #expect(Base32.decode(Base32.encode(bytes)) == bytes)
            #expect(Base32.decode(Base32.encode(bytes, padded: true)) == bytes)
            #expect(Base64.urlSafe.decode(Base64.urlSafe.encode(bytes)) == bytes)
            #expect(Base64.unpadded.decode(Base64.unpadded.encode(bytes)) == bytes)
            #expect(Base64.standard.decode(Base64.standard.encode(bytes)) == bytes)
            #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        }
    }

    @Test(arguments: [
        "A", "AAA", "MZ======", "MY==", "MY=====", "M1======", "MZXW6===A", "MY======\n", "1", "é", "====", "MZ",
    ])
    func base32RefusesWhatEncodingNeverMakes(_ text: String) { #expect(Base32.decode(text) == nil) }

    @Test(arguments: ["A", "QR", "QQ==", "Q Q", "Q+", "é", "QQ\n"])
    func urlSafeBase64RefusesWhatEncodingNeverMakes(_ text: String) { #expect(Base64.urlSafe.decode(text) == nil) }

    @Test func aRecordHasOneEncodingAndTheReaderRefusesAllOthers() {
        let refused: [[UInt8]] = [
            [0x18, 0x17], [0x19, 0x00, 0xFF], [0x1A, 0, 0, 0xFF, 0xFF], [0x1B, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF],
            [0x1C], [0x1F], [0x18], [0x19, 0x01], [],
        ]
        for bytes in refused {
            var reader = CBORReader(bytes)
            #expect(throws: CBORError.self) { try reader.unsigned() }
        }
        // Lengths beyond what is there, up to the largest, allocate nothing.
        for bytes: [UInt8] in [
            [0x5B] + .init(repeating: 0xFF, count: 8), [0x9B] + .init(repeating: 0xFF, count: 8), [0x42, 0],
        ] {
            var (first, second) = (CBORReader(bytes), CBORReader(bytes))
            #expect((try? first.byteString()) == nil)
            #expect((try? second.array()) == nil)
        }
        var text = CBORReader([0x62, 0xC3, 0x28])
        #expect(throws: CBORError.self) { try text.text() }
        var end = CBORReader([0x00, 0x00])
        _ = try? end.unsigned()
        #expect(throws: CBORError.self) { try end.end() }
    }

    @Test func integersKeepTheirValueToTheEdges() throws {
        for value in [Int64.min, .min + 1, -257, -256, -25, -24, -1, 0, 23, 24, 255, 256, 65_535, 65_536, .max] {
            var writer = CBORWriter()
            writer.integer(value)
            var reader = CBORReader(writer.bytes)
            #expect(try reader.integer() == value)
        }
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_123, "2000-02-29T00:00:00.123Z"),
        (1_767_225_599_999, "2025-12-31T23:59:59.999Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ])
    func timesAreWrittenAsRFC3339Says(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }

    @Test func timesSaturateInsteadOfOverflowing() {
        let (first, last) = (Timestamp(milliseconds: .min), Timestamp(milliseconds: .max))
        #expect(last.advanced(by: .seconds(Int64.max)) == last)
        #expect(first.advanced(by: .seconds(Int64.min)) == first)
        #expect(first.since(last) == .milliseconds(Int64.min))
        _ = (first.description, last.description, Timestamp(seconds: .max).description)
    }

    @Test func durationsAreCutToMillisecondsTowardZeroAndToWhatFits() {
        for number in [0, 1, -1, 999, 86_400_000, -86_400_000, Int64.max, .min, .max - 1, .min + 1] {
            #expect(Duration.milliseconds(number).wholeMilliseconds == number)
            #expect(Timestamp(milliseconds: number).since(Timestamp(milliseconds: 0)).wholeMilliseconds == number)
        }
        #expect(Duration.microseconds(1999).wholeMilliseconds == 1)
        #expect(Duration.microseconds(-1999).wholeMilliseconds == -1)
        #expect((Duration.milliseconds(Int64.max) + .milliseconds(1)).wholeMilliseconds == .max)
        #expect((Duration.milliseconds(Int64.min) - .milliseconds(1)).wholeMilliseconds == .min)
        #expect(Duration(attoseconds: .max).wholeMilliseconds == .max)
        #expect(Duration(attoseconds: .min).wholeMilliseconds == .min)
    }
}
