// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardLockout
import DoorwardTesting
import Testing

/// Known devices, as pure rules.
@Suite struct LaneTests {
    private static let start = Timestamp(seconds: 1_000_000)
    private static let longest = Duration.seconds(20)
    private let random = SeededRandomSource(seed: 6)

    private func device() throws -> DeviceID { try #require(DeviceID(bytes: random.bytes(16))) }
    private func account() throws -> AccountID { try #require(AccountID(bytes: [1])) }

    @Test func strangersAndDevicesLockOnlyThemselvesOut() throws {
        var ledger = AttemptLedger(account: try account())
        let (mine, other) = (try device(), try device())
        for _ in 0..<5 { ledger.fail(at: Self.start) }
        #expect(ledger.lock(at: Self.start) == .seconds(30))
        ledger.select(mine)
        #expect(ledger.lock(at: Self.start) == nil && ledger.failures == 0 && ledger.followsMany)
        for _ in 0..<6 { ledger.fail(at: Self.start) }
        #expect(ledger.lock(at: Self.start) == .seconds(60))
        ledger.select(other)
        #expect(ledger.lock(at: Self.start) == nil)
        // The streak is everybody's.
        #expect(ledger.streak == 11)
        ledger.succeed()
        #expect(ledger.streak == 0)
        for (device, lock) in [(nil, 30), (mine, 60)] {
            ledger.select(device)
            #expect(ledger.lock(at: Self.start) == .seconds(lock))
        }
        ledger.clear()
        #expect(ledger.lock(at: Self.start) == nil && ledger.failures == 0)
    }

    @Test func attemptsUnderWayTakeRoomInTheirLaneAloneAndCountTogetherTowardTheStreak() throws {
        var ledger = AttemptLedger(account: try account())
        let mine = try device()
        func reserve() -> AttemptLedger.Admission {
            ledger.settle(at: Self.start, longestReservation: Self.longest)
            return ledger.reserve(
                random.bytes(8), deadline: Self.start.advanced(by: Self.longest), at: Self.start, isReal: true)
        }
        for _ in 0..<5 { #expect(reserve() == .reserved(mayVerify: true)) }
        #expect(reserve() == .full)
        ledger.select(mine)
        for _ in 0..<5 { #expect(reserve() == .reserved(mayVerify: true)) }
        #expect(reserve() == .full)
        // All ten die: five failures in each lane, ten in a row.
        ledger.settle(at: Self.start.advanced(by: Self.longest), longestReservation: Self.longest)
        #expect(ledger.failures == 5 && ledger.streak == 10)
        ledger.select(nil)
        #expect(ledger.failures == 5)
        // Of the streak's last two, two may be verified, whoever asks.
        var last = AttemptLedger(account: try account())
        for _ in 0..<98 { last.fail(at: Self.start) }
        last.settle(at: Self.start.advanced(by: .seconds(25 * 3600)), longestReservation: Self.longest)
        let now = Self.start.advanced(by: .seconds(25 * 3600))
        var admissions: [AttemptLedger.Admission] = []
        for device in [nil, mine, nil] {
            last.select(device)
            admissions.append(
                last.reserve(random.bytes(8), deadline: now.advanced(by: Self.longest), at: now, isReal: true))
        }
        #expect(admissions == [true, true, false].map { .reserved(mayVerify: $0) })
    }

    @Test func lanesAreStoredWholeAndOnlyAsLongAsTheySayAnything() throws {
        var ledger = AttemptLedger(account: try account())
        let empty = ledger.encoded()
        let devices = try (0..<40).map { _ in try device() }
        for device in devices {
            ledger.select(device)
            ledger.fail(at: Self.start)
        }
        // Those beyond the bound share everybody's.
        var stored = try AttemptLedger(stored: ledger.encoded())
        #expect(stored.failures == 9 && stored.streak == 40)
        stored.select(devices[0])
        #expect(stored.failures == 1)
        let later = Self.start.advanced(by: .seconds(24 * 3600))
        stored.settle(at: later, longestReservation: Self.longest)
        stored.clear()
        #expect(stored.encoded() == empty)
    }

    @Test func twentyDevicesAreKnownAndTheOneUsedLongestAgoGoes() throws {
        var devices = DevicesRecord(account: try account())
        let ids = try (0..<21).map { _ in try device() }
        for (number, id) in ids.prefix(20).enumerated() {
            devices.remember(
                id, label: "\(number)", trustedGeneration: nil, at: Self.start.advanced(by: .seconds(number)))
        }
        let now = Self.start.advanced(by: .seconds(100))
        devices.touch(ids[0], at: now)
        devices.remember(ids[20], label: "last", trustedGeneration: nil, at: now)
        #expect(devices.knows(ids[0], at: now) && !devices.knows(ids[1], at: now) && devices.knows(ids[20], at: now))
        #expect(devices.count(at: now) == 20)
        #expect(try DevicesRecord(stored: devices.encoded()) == devices)
        // A browser keeps its cookie for 400 days, and a wild clock keeps nobody for ever.
        let late = now.advanced(by: DevicesRecord.lifetime)
        #expect(devices.knows(ids[0], at: late.advanced(by: .milliseconds(-1))) && !devices.knows(ids[0], at: late))
        devices.touch(ids[20], at: Timestamp(milliseconds: .max))
        #expect(devices.knows(ids[20], at: late.advanced(by: .milliseconds(-1))))
        #expect(!devices.knows(ids[20], at: late))
        devices.remember(ids[1], label: "", trustedGeneration: nil, at: Timestamp(milliseconds: .max))
        #expect(!devices.knows(ids[1], at: now))
    }

    @Test func trustEndsWithItsTimeAndWithTheGeneration() throws {
        var devices = DevicesRecord(account: try account())
        let (trusted, plain) = (try device(), try device())
        devices.remember(trusted, label: "", trustedGeneration: 7, at: Self.start)
        devices.remember(plain, label: "", trustedGeneration: nil, at: Self.start)
        let day = Duration.seconds(86_400)
        func trusts(_ id: DeviceID, _ generation: UInt64, _ lifetime: Duration?, after: Duration) -> Bool {
            devices.trusts(id, generation: generation, lifetime: lifetime, at: Self.start.advanced(by: after))
        }
        #expect(trusts(trusted, 7, day, after: day - .milliseconds(1)))
        #expect(!trusts(trusted, 7, day, after: day))
        #expect(!trusts(trusted, 8, day, after: .zero) && !trusts(trusted, 7, nil, after: .zero))
        #expect(!trusts(plain, 7, day, after: .zero))
        let facts = devices.facts(generation: 7, lifetime: day, at: Self.start)
        #expect(facts.map(\.trustedUntil) == [Self.start.advanced(by: day), nil])
    }

    @Test func tokensOfDevicesHaveOneSpellingAndOneName() throws {
        let partition = try #require(Partition(bytes: random.bytes(16)))
        let token = DeviceToken(bearer: BearerToken(issuingIn: partition, random: random))
        let text = token.revealed()
        #expect(text.hasPrefix("dwd_") && DeviceToken(text)?.id == token.id)
        for bad in ["", "dws_" + text.dropFirst(4), text + "A", String(text.dropLast())] {
            #expect(DeviceToken(bad) == nil)
        }
        #expect(DeviceID(token.id.description) == token.id && DeviceID("xyz") == nil)
    }

    @Test func signalsComeOnceAWindowAtTheirThreshold() throws {
        let signals = GuessingSignals(random: random)
        let address = try #require(ClientAddress("192.0.2.1"))
        func fail(_ account: Int, _ password: String, _ source: ClientSource, at now: Timestamp) throws
            -> [GuessingSignals.Signal]
        {
            signals.failure(
                of: Password(password), on: try #require(AccountID(bytes: Array("\(account)".utf8))), from: source,
                at: now)
        }
        // Many passwords from one network, some accounts again and again.
        var seen: [GuessingSignals.Signal] = []
        for account in 0..<60 {
            seen += try fail(account % 19, "guess \(account)", .address(address), at: Self.start)
        }
        #expect(seen.isEmpty)
        for account in 19..<60 { seen += try fail(account, "more \(account)", .address(address), at: Self.start) }
        #expect(seen == [.manyAccounts])
        // One password from anywhere.
        seen = []
        for account in 0..<9 { seen += try fail(account, "Winter2026!", .unknown, at: Self.start) }
        #expect(seen.isEmpty)
        for account in 9..<30 { seen += try fail(account, "Winter2026!", .unknown, at: Self.start) }
        #expect(seen == [.onePassword])
        // The next window begins anew.
        let next = Self.start.advanced(by: .seconds(900))
        seen = []
        for account in 0..<10 { seen += try fail(account, "Winter2026!", .unknown, at: next) }
        #expect(seen == [.onePassword])
    }
}
