// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardLockout
import DoorwardTesting
import Testing

/// The rules as pure functions, without a store.
@Suite struct AttemptLedgerTests {
    private static let start = Timestamp(seconds: 1_000_000)
    private static let longest = Duration.seconds(20)
    private let random = SeededRandomSource(seed: 5)

    private func ledger() throws -> AttemptLedger { AttemptLedger(account: try #require(AccountID(bytes: [1]))) }

    private func reserve(_ ledger: inout AttemptLedger, at now: Timestamp, isReal: Bool = true)
        -> (nonce: [UInt8], admission: AttemptLedger.Admission)
    {
        ledger.settle(at: now, longestReservation: Self.longest)
        let nonce = random.bytes(8)
        return (nonce, ledger.reserve(nonce, deadline: now.advanced(by: Self.longest), at: now, isReal: isReal))
    }

    @Test func fiveMayRunAtOnceAndOneAfterALock() throws {
        var ledger = try ledger()
        let admissions = (0..<6).map { _ in reserve(&ledger, at: Self.start).admission }
        #expect(admissions == Array(repeating: .reserved(mayVerify: true), count: 5) + [.full])
        for reservation in ledger.running { ledger.fail(reservation.nonce, at: Self.start) }
        #expect(ledger.lock(at: Self.start) == .seconds(30))
        #expect(reserve(&ledger, at: Self.start).admission == .locked(retryAfter: .seconds(30)))
        let after = Self.start.advanced(by: .seconds(30))
        #expect(reserve(&ledger, at: after).admission == .reserved(mayVerify: true))
        #expect(reserve(&ledger, at: after).admission == .full)
    }

    @Test func aSuccessZeroesTheLadderAndKeepsWhatOthersTry() throws {
        var ledger = try ledger()
        let (first, second) = (reserve(&ledger, at: Self.start).nonce, reserve(&ledger, at: Self.start).nonce)
        ledger.fail(at: Self.start)
        ledger.succeed(first)
        #expect(ledger.failures == 0 && ledger.streak == 0 && ledger.running.map(\.nonce) == [second])
        ledger.fail(second, at: Self.start)
        ledger.fail(second, at: Self.start)  // counted already
        #expect(ledger.failures == 1)
    }

    @Test func reservingAgainAfterALostReplyChangesNothing() throws {
        var ledger = try ledger()
        let (nonce, admission) = reserve(&ledger, at: Self.start)
        let before = ledger
        #expect(ledger.reserve(nonce, deadline: Self.start, at: Self.start, isReal: true) == admission)
        #expect(ledger == before)
    }

    @Test func givingBackLeavesNoTrace() throws {
        var ledger = try ledger()
        let before = ledger
        ledger.giveBack(reserve(&ledger, at: Self.start).nonce)
        #expect(ledger == before)
    }

    @Test func deadReservationsFailAtTheirDeadlineAndWildTimesAreCut() throws {
        var ledger = try ledger()
        _ = ledger.reserve(
            [1, 2, 3, 4, 5, 6, 7, 8], deadline: Timestamp(milliseconds: .max), at: Self.start, isReal: true)
        ledger.settle(at: Self.start, longestReservation: Self.longest)
        ledger.settle(at: Self.start.advanced(by: Self.longest), longestReservation: Self.longest)
        #expect(ledger.running.isEmpty && ledger.failures == 1)
        // A lock that a wild clock wrote is an hour at most.
        for _ in 0..<20 { ledger.fail(at: Timestamp(milliseconds: .max)) }
        ledger.settle(at: Self.start, longestReservation: Self.longest)
        let rest = try #require(ledger.lock(at: Self.start))
        #expect(rest <= .seconds(3600))
    }

    @Test func theStreakOutlivesQuietDaysAndStopsAHundredExactly() throws {
        var ledger = try ledger()
        var now = Self.start
        for _ in 0..<98 {
            ledger.fail(at: now)
            now = now.advanced(by: .seconds(25 * 3600))
            ledger.settle(at: now, longestReservation: Self.longest)
        }
        #expect(ledger.failures == 0 && ledger.streak == 98)
        let admissions = (0..<5).map { _ in reserve(&ledger, at: now).admission }
        #expect(admissions == [true, true, false, false, false].map { .reserved(mayVerify: $0) })
        for reservation in ledger.running { ledger.fail(reservation.nonce, at: now) }
        #expect(ledger.streak == 100 && ledger.isDisabled && ledger.failures == 5)
    }

    @Test func phantomsHaveTheSameLadderAndNoStreak() throws {
        var (real, phantom) = (try ledger(), try ledger())
        var now = Self.start
        for _ in 0..<150 {
            let (mine, theirs) = (reserve(&real, at: now), reserve(&phantom, at: now, isReal: false))
            real.fail(mine.nonce, at: now)
            phantom.fail(theirs.nonce, at: now)
            #expect(real.lock(at: now) == phantom.lock(at: now) && real.failures == phantom.failures)
            now = now.advanced(by: .seconds(3600))
        }
        #expect(real.streak == 100 && phantom.streak == 0)
    }

    @Test func aLedgerIsStoredWhole() throws {
        var ledger = try ledger()
        _ = reserve(&ledger, at: Self.start)
        for _ in 0..<7 { ledger.fail(at: Self.start) }
        #expect(try AttemptLedger(stored: ledger.encoded()) == ledger)
    }

    @Test func addressesAreTakenByNetwork() throws {
        func networks(_ text: String) throws -> [[UInt8]] { try #require(ClientAddress(text)).networks.map(\.prefix) }
        #expect(try networks("192.0.2.1") == networks("::ffff:192.0.2.1"))
        #expect(try networks("192.0.2.1") != networks("192.0.2.2"))
        #expect(try networks("2001:db8:1:2::1") == networks("2001:DB8:1:2:ffff::9"))
        #expect(try networks("2001:db8:1:2::1")[0] != networks("2001:db8:1:3::1")[0])
        #expect(try networks("2001:db8:1:2::1")[1] == networks("2001:db8:1:3::1")[1])
        for text in ["", "300.1.1.1", "1.2.3", "::g", "192.0.2.1\0", "example.com", "1.2.3.4 "] {
            #expect(ClientAddress(text) == nil)
        }
    }
}
