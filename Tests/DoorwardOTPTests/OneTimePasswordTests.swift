// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardOTP
import DoorwardTesting
import Testing

@Suite struct OneTimePasswordTests {
    private static let secret = SharedSecret(bytes: Secret(copying: Array("12345678901234567890".utf8)))

    private static func totp() throws -> TOTP {
        let secret = try #require(secret)
        return try #require(TOTP(secret: secret))
    }

    private static func hotp() throws -> HOTP {
        let secret = try #require(secret)
        return try #require(HOTP(secret: secret))
    }

    @Test func timeStepsAroundTheCurrentOneMatchAndNoOthers() throws {
        let totp = try Self.totp()
        let now = Timestamp(seconds: 1_111_111_109)
        let current = try #require(totp.step(at: now))
        for offset in -3...3 {
            let code = try #require(totp.code(at: now.advanced(by: .seconds(30 * offset))))
            let expected: CodeVerification =
                (-1...1).contains(offset)
                ? .accepted(counter: UInt64(Int64(current) + Int64(offset))) : .rejected(.wrong)
            #expect(totp.verify(code, after: nil, at: now) == expected)
        }
    }

    @Test func theStepThatMatchedIsSpentWithAllBeforeIt() throws {
        let totp = try Self.totp()
        let now = Timestamp(seconds: 1_111_111_109)
        let current = try #require(totp.step(at: now))
        let before = try #require(totp.code(at: now.advanced(by: .seconds(-30))))
        #expect(totp.verify(before, after: current - 1, at: now) == .rejected(.replayed))
        #expect(totp.verify(before, after: current, at: now) == .rejected(.replayed))
        let code = try #require(totp.code(at: now))
        #expect(totp.verify(code, after: current - 1, at: now) == .accepted(counter: current))
    }

    @Test(arguments: [
        "", "12345", "1234567", " 123456", "123456\n", "12 456", "+12345", "-12345", "１２３４５６", "٠١٢٣٤٥", "12345a",
        "0x1234",
    ])
    func whatIsNotExactlySixASCIIDigitsIsRefusedUnread(_ code: String) throws {
        let totp = try Self.totp()
        #expect(totp.verify(code, after: nil, at: Timestamp(seconds: 0)) == .rejected(.malformed))
        let hotp = try Self.hotp()
        #expect(hotp.verify(code, after: nil) == .rejected(.malformed))
    }

    @Test func leadingZerosMatter() throws {
        let hotp = try Self.hotp()
        let counter = try #require((0...1000).first { hotp.code(at: $0).hasPrefix("0") })
        let code = hotp.code(at: counter)
        #expect(hotp.verify(code, after: nil, from: counter) == .accepted(counter: counter))
        #expect(hotp.verify(String(code.dropFirst()), after: nil, from: counter) == .rejected(.malformed))
    }

    @Test func countersAreSearchedForwardWithinTheWindowAndEndAtTheLast() throws {
        let hotp = try Self.hotp()
        #expect(hotp.verify(hotp.code(at: 18), after: 7) == .accepted(counter: 18))
        #expect(hotp.verify(hotp.code(at: 19), after: 7) == .rejected(.wrong))
        #expect(hotp.verify(hotp.code(at: 7), after: 7) == .rejected(.replayed))
        for old: UInt64 in 4...6 { #expect(hotp.verify(hotp.code(at: old), after: 7) == .rejected(.wrong)) }
        #expect(hotp.verify(hotp.code(at: .max), after: .max - 1) == .accepted(counter: .max))
        #expect(hotp.verify(hotp.code(at: .max), after: .max) == .rejected(.replayed))
        #expect(hotp.verify(hotp.code(at: 0), after: .max) == .rejected(.exhausted))
    }

    /// Among many secrets there is one whose code comes again within the window.
    @Test func aCodeThatComesAgainWithinTheWindowIsAcceptedOnce() throws {
        let random = SeededRandomSource(seed: 4226)
        for _ in 0..<2000 {
            let secret = SharedSecret.generate(random: random)
            let hotp = try #require(HOTP(secret: secret, lookAheadWindow: 20))
            let codes = (0...120).map { hotp.code(at: $0) }
            guard let first = codes.indices.first(where: { codes[($0 + 1)...].prefix(20).contains(codes[$0]) }) else {
                continue
            }
            #expect(hotp.verify(codes[first], after: nil, from: UInt64(first)) == .accepted(counter: UInt64(first)))
            #expect(hotp.verify(codes[first], after: UInt64(first)) == .rejected(.replayed))
            return
        }
        Issue.record("no such secret was found")
    }

    @Test func valuesOutOfRangeCannotBeMade() throws {
        let secret = try #require(Self.secret)
        #expect(TOTP(secret: secret, digits: 5) == nil && TOTP(secret: secret, digits: 9) == nil)
        #expect(TOTP(secret: secret, period: 0) == nil && TOTP(secret: secret, period: 121) == nil)
        #expect(HOTP(secret: secret, lookAheadWindow: 21) == nil && HOTP(secret: secret, lookAheadWindow: -1) == nil)
        #expect(SharedSecret(bytes: Secret(copying: [UInt8](repeating: 1, count: 15))) == nil)
        #expect(SharedSecret(bytes: Secret(copying: [UInt8](repeating: 1, count: 129))) == nil)
        #expect(SharedSecret(base32: "not base 32!") == nil)
        #expect(SharedSecret(base32: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP")?.bytes.count == 20)
    }

    @Test func timesBeforeTheEpochHaveNoCode() throws {
        let totp = try Self.totp()
        for time: Int64 in [-1, .min] { #expect(totp.code(at: Timestamp(milliseconds: time)) == nil) }
        #expect(totp.verify("123456", after: nil, at: Timestamp(milliseconds: -1)) == .rejected(.wrong))
        _ = totp.verify("123456", after: .max, at: Timestamp(milliseconds: .max))
    }

    // MARK: Clocks and counters that have moved

    @Test func aKnownOffsetWidensTheWindowAndNeverBeyondTwoSteps() throws {
        let totp = try Self.totp()
        let now = Timestamp(seconds: 1_111_111_109)
        let current = try #require(totp.step(at: now))
        for offset: Int64 in [-9, -2, -1, 0, 1, 2, .min, .max] {
            let known = min(max(offset, -1), 1)
            for distance: Int64 in -4...4 {
                let code = try #require(totp.code(at: now.advanced(by: .seconds(30 * distance))))
                let isGood = (min(0, known) - 1...max(0, known) + 1).contains(distance)
                let expected: CodeVerification =
                    isGood ? .accepted(counter: UInt64(Int64(current) + distance)) : .rejected(.wrong)
                #expect(totp.verify(code, after: nil, at: now, offset: offset) == expected)
            }
        }
        #expect([-5, -1, 0, 1, 5].map { totp.offset(of: UInt64(Int64(current) + $0), at: now) } == [-1, -1, 0, 1, 1])
        #expect(totp.offset(of: .max, at: now) == 1 && totp.offset(of: 0, at: now) == -1)
    }

    @Test func twoCodesThatFollowEachOtherFindADeviceAgain() throws {
        let hotp = try Self.hotp()
        for counter: UInt64 in [8, 40, 300, 506] {
            let pair = (hotp.code(at: counter), hotp.code(at: counter + 1))
            #expect(hotp.resynchronize(pair.0, pair.1, after: 7) == .accepted(counter: counter + 1))
            // Neither the other way round, nor one twice, nor with a gap.
            #expect(hotp.resynchronize(pair.1, pair.0, after: 7) == .rejected(.wrong))
            #expect(hotp.resynchronize(pair.0, pair.0, after: 7) == .rejected(.wrong))
            #expect(hotp.resynchronize(pair.0, hotp.code(at: counter + 2), after: 7) == .rejected(.wrong))
        }
        // Spent ones, and those beyond the window, are not looked at.
        for counter: UInt64 in [0, 6, 7, 508, 5000] {
            let pair = (hotp.code(at: counter), hotp.code(at: counter + 1))
            #expect(hotp.resynchronize(pair.0, pair.1, after: 7) == .rejected(.wrong))
        }
        #expect(hotp.resynchronize("12345", "123456", after: 7) == .rejected(.malformed))
        #expect(hotp.resynchronize("123456", "1234567", after: 7) == .rejected(.malformed))
        #expect(hotp.resynchronize("123456", "123456", after: .max) == .rejected(.exhausted))
        let last = (hotp.code(at: .max - 1), hotp.code(at: .max))
        #expect(hotp.resynchronize(last.0, last.1, after: .max - 2) == .accepted(counter: .max))
    }
}
