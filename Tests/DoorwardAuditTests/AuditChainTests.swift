// SPDX-License-Identifier: Apache-2.0

@testable import DoorwardAudit
import DoorwardCore
import DoorwardTesting
import Testing

/// What somebody who can write to the store can do to the audit log, and that it is found.
@Suite struct AuditChainTests {
    private struct Books {
        let store = InMemoryStore()
        let environment: AuthEnvironment
        let chain: AuditChain
        let log: AuditLog

        init(_ count: Int) async throws {
            environment = try await .open(store: store, keys: .ring(KeyRing()), clock: ManualClock())
            chain = try #require(AuditChain("web-1"))
            log = AuditLog(environment, chain: chain)
            let source = ClientAddress("192.0.2.1")
            let account = AccountID(bytes: [7])
            for number in 0..<count {
                let session = RecordID(HashFunction.sha256.hash([UInt8(number & 0xFF)])).map { SessionID($0) }
                try await log.append([
                    SecurityEvent(
                        .loginFailed, at: environment.clock.now(), account: account, session: session,
                        reason: .wrongPassword, source: source)
                ])
            }
        }

        var reader: AuditReader { AuditReader(environment) }

        func key(_ number: Int) -> RecordKey {
            RecordKey(.auditEntries, in: chain.partition(environment), id: AuditEntry.id(number))
        }

        func record(_ key: RecordKey) async throws -> StoredRecord {
            try #require(await store.read([key], at: environment.clock.now())[0])
        }

        /// Writes past the library, as whoever has the database does.
        func set(_ key: RecordKey, _ value: [UInt8]?) async throws {
            let now = environment.clock.now()
            _ = try await store.commit(CommitID(from: environment.random), [.remove(key, at: nil)], at: now)
            guard let value else { return }
            _ = try await store.commit(
                CommitID(from: environment.random), [.create(key, value: value, expiresAt: nil)], at: now)
        }

        func chainFault() async throws -> AuditFault? { try await reader.verify(chain) }

        func fault(against kept: AuditHeads? = nil) async throws -> AuditFault? {
            try await reader.verify(against: kept).faults.first
        }
    }

    /// Where the fields of a record begin.
    private static func fields(of value: [UInt8]) -> [Int] {
        var (places, place) = ([0], 1)
        while place < value.count {
            places.append(place)
            let (major, info) = (value[place] >> 5, Int(value[place] & 31))
            let width = info < 24 ? 0 : 1 << (info - 24)
            let number =
                width == 0 ? info : value[(place + 1)..<(place + 1 + width)].reduce(0) { $0 << 8 | Int($1) }
            place += 1 + width + (major == 2 || major == 3 ? number : 0)
        }
        return places
    }

    @Test func anyRecordThatIsChangedRemovedOrSwappedIsNamed() async throws {
        let books = try await Books(300)
        #expect(try await books.reader.verify().entries == 300)
        #expect(try await books.fault() == nil)
        for number in 0..<300 {
            let key = books.key(number)
            let value = try await books.record(key).value
            let places = Self.fields(of: value)
            #expect(places.count == 10)  // the array, its schema, and eight fields
            for place in places {
                var changed = value
                changed[place] ^= 0x01
                try await books.set(key, changed)
                #expect(try await books.chainFault() == AuditFault(kind: .changed, chain: books.chain, number: number))
            }
            try await books.set(key, nil)
            #expect(try await books.chainFault() == AuditFault(kind: .missing, chain: books.chain, number: number))
            if number < 299 {
                let next = books.key(number + 1)
                let other = try await books.record(next).value
                try await books.set(key, other)
                try await books.set(next, value)
                #expect(try await books.chainFault() == AuditFault(kind: .changed, chain: books.chain, number: number))
                try await books.set(next, other)
            }
            try await books.set(key, value)
        }
        #expect(try await books.chainFault() == nil)
    }

    @Test func contentsThatChangeAreFoundThoughTheRecordIsWellFormed() async throws {
        let books = try await Books(3)
        let entry = try AuditEntry(stored: await books.record(books.key(1)).value)
        // Every field by itself, encoded anew.
        let event = entry.event
        let other = AccountID(bytes: [8])
        let forgeries = [
            SecurityEvent(
                .loginSucceeded, at: event.at, account: event.account, session: event.session,
                reason: event.reason, source: event.source),
            SecurityEvent(
                event.name, at: event.at.advanced(by: .seconds(1)), account: event.account,
                session: event.session, reason: event.reason, source: event.source),
            SecurityEvent(
                event.name, at: event.at, account: other, session: event.session, reason: event.reason,
                source: event.source),
            SecurityEvent(
                event.name, at: event.at, account: event.account, reason: event.reason,
                source: event.source),
            SecurityEvent(
                event.name, at: event.at, account: event.account, session: event.session,
                source: event.source),
            SecurityEvent(
                event.name, at: event.at, account: event.account, session: event.session,
                reason: event.reason, source: ClientAddress("192.0.2.2")),
        ]
        for forgery in forgeries {
            let whole = AuditEntry(
                forgery, number: 1, after: AuditEntry.beginning, in: books.chain, books.environment)
            let bytes = Array(whole.encoded().dropLast(32)) + entry.mac
            #expect(try AuditEntry(stored: bytes).mac == entry.mac)
            try await books.set(books.key(1), bytes)
            #expect(try await books.fault() == AuditFault(kind: .changed, chain: books.chain, number: 1))
        }
    }

    @Test func aCutTailIsFoundAgainstAKeptHead() async throws {
        let books = try await Books(10)
        let earlier = try await books.reader.heads()
        let headKey = AuditHead.key(books.chain, books.environment)
        let earlierHead = try await books.record(headKey).value
        for _ in 0..<5 {
            try await books.log.append([SecurityEvent(.loginLocked, at: Timestamp(seconds: 1), account: nil)])
        }
        let kept = try #require(AuditHeads(try await books.reader.heads().text))
        #expect(try await books.fault(against: kept) == nil)
        #expect(try await books.fault(against: earlier) == nil)
        // Whoever has the database cuts the records, and alone that is found without any kept head.
        for number in 10..<15 { try await books.set(books.key(number), nil) }
        #expect(try await books.fault() == AuditFault(kind: .missing, chain: books.chain, number: 10))
        // With the head of that time it is a whole chain again, and only a kept head knows better.
        try await books.set(headKey, earlierHead)
        #expect(try await books.fault() == nil)
        #expect(try await books.fault(against: earlier) == nil)
        #expect(try await books.fault(against: kept) == AuditFault(kind: .cut, chain: books.chain, number: 10))
        // And so it stays when the chain has grown again.
        let again = AuditLog(books.environment, chain: books.chain)
        for _ in 0..<5 {
            try await again.append([SecurityEvent(.loginFailed, at: Timestamp(seconds: 2), account: nil)])
        }
        #expect(try await books.fault() == nil)
        #expect(try await books.fault(against: kept) == AuditFault(kind: .cut, chain: books.chain, number: 14))
    }

    @Test func headsListsAndAddedRecordsThatNobodyOfOursWroteAreFound() async throws {
        let books = try await Books(4)
        let kept = try await books.reader.heads()
        let partition = AuditChains.partition(books.environment)
        let keys = [
            AuditHead.key(books.chain, books.environment), RecordKey(.auditChains, in: partition, id: .only),
        ]
        for key in keys {
            let value = try await books.record(key).value
            for place in Self.fields(of: value) {
                var changed = value
                changed[place] ^= 0x01
                try await books.set(key, changed)
                #expect(try await books.fault()?.kind == .head, "\(key.kind) \(place)")
            }
            try await books.set(key, value)
        }
        // A record behind the end, and one under a name that is no number.
        let forged = try await books.record(books.key(3)).value
        let odd = try #require(RecordID(AuditEntry.id(1).bytes + [0]))
        let place = RecordKey(.auditEntries, in: books.chain.partition(books.environment), id: odd)
        try await books.set(place, forged)
        #expect(try await books.reader.tail(100).count == 4)
        #expect(try await books.fault()?.number == 2)
        try await books.set(place, nil)
        for id in [AuditEntry.id(4), AuditEntry.id(9), RecordID(label: "zzz-not-a-number")] {
            let key = RecordKey(.auditEntries, in: books.chain.partition(books.environment), id: id)
            try await books.set(key, forged)
            #expect(try await books.fault() == AuditFault(kind: .added, chain: books.chain, number: 4))
            #expect(try await books.reader.tail(100).count == 4)
            try await books.set(key, nil)
        }
        // The head alone, and the chain as a whole.
        let head = try await books.record(keys[0]).value
        try await books.set(keys[0], nil)
        #expect(try await books.fault()?.kind == .head)
        await #expect(throws: StoreError.self) {
            try await AuditLog(books.environment, chain: books.chain).append([
                SecurityEvent(.loginFailed, at: Timestamp(seconds: 2), account: nil)
            ])
        }
        // Not even by whoever wrote to it before.
        await #expect(throws: StoreError.self) {
            try await books.log.append([SecurityEvent(.loginFailed, at: Timestamp(seconds: 2), account: nil)])
        }
        try await books.set(keys[0], head)
        // Without a list nothing is hidden: there is a chain that it does not name.
        try await books.set(keys[1], nil)
        #expect(try await books.fault() == AuditFault(kind: .head, chain: nil, number: nil))
        #expect(try await books.fault(against: kept) == AuditFault(kind: .cut, chain: books.chain, number: 0))
    }

    @Test func keptHeadsAreSignedAndReadStrictly() async throws {
        let books = try await Books(3)
        let text = try await books.reader.heads().text
        #expect(AuditHeads(text)?.text == text)
        let forged = try #require(AuditHeads(text.replacing("head 3", with: "head 2")))
        #expect(try await books.fault(against: forged)?.kind == .keptHeads)
        let stranger = try await Books(3).reader.heads()
        #expect(try await books.fault(against: stranger)?.kind == .keptHeads)
        for bad in [
            "", "\n", text + "\n", String(text.dropLast()), text.replacing("head 3", with: "head -3"), "x" + text,
        ] {
            #expect(AuditHeads(bad) == nil)
        }
    }

    @Test func theFirstBadRecordIsNamedThoughTheHeadIsDamagedToo() async throws {
        let books = try await Books(6)
        let headKey = AuditHead.key(books.chain, books.environment)
        try await books.set(headKey, try await books.record(headKey).value.dropLast() + [0])
        #expect(try await books.fault()?.kind == .head)
        try await books.set(books.key(3), try await books.record(books.key(3)).value.dropLast() + [0])
        #expect(try await books.fault() == AuditFault(kind: .changed, chain: books.chain, number: 3))
        #expect(try await books.reader.tail(10).isEmpty)
    }

    /// Writers of a chain that others may share, in its order.
    @Test func aChainOfSeveralWritersIsStillAChain() async throws {
        let books = try await Books(0)
        let logs = (0..<4).map { _ in AuditLog(books.environment, chain: books.chain) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for log in logs {
                for number in 0..<25 {
                    group.addTask {
                        try await log.append([
                            SecurityEvent(.loginFailed, at: Timestamp(seconds: Int64(number)), account: nil)
                        ])
                    }
                }
            }
            try await group.waitForAll()
        }
        let verdict = try await books.reader.verify()
        #expect(verdict.isIntact && verdict.entries == 100 && verdict.chains == 1)
    }

    @Test func manyEventsAtOnceGoInOrderAndNotedOnesAreThereAfterADrain() async throws {
        let books = try await Books(0)
        let events = (0..<150).map { SecurityEvent(.sessionEnded, at: Timestamp(seconds: $0), account: nil) }
        try await books.log.append(events)
        books.log.note([SecurityEvent(.keysUnavailable, at: Timestamp(seconds: 1000), account: nil)])
        await books.log.drain()
        #expect(
            try await books.reader.tail(200).map(\.event.at.milliseconds) == (0..<150).map { $0 * 1000 } + [1_000_000])
        #expect(try await books.reader.tail(3).map(\.number) == [148, 149, 150])
        #expect(try await books.reader.tail(0).isEmpty)
    }

    @Test func chainsHaveNamesThatAreNames() {
        for bad in ["", "a\nb", " a", "a ", "\u{E9}", "\u{301}x"] { #expect(AuditChain(bad) == nil) }
        #expect(AuditChain(String(repeating: "x", count: 65)) == nil && AuditChain("host web-1") != nil)
    }
}
