// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardSessions
import DoorwardTesting
import Testing

@Suite struct SessionRecordTests {
    private static let now = Timestamp(seconds: 1_000_000)

    private func record(level: AssuranceLevel = .aal1, at now: Timestamp = now) throws -> SessionRecord {
        let proof = SessionProof(methods: []).adding(.password, at: now)
        return SessionRecord(account: try #require(AccountID(bytes: [1])), level: level, proof: proof, createdAt: now)
    }

    private var id: SessionID { SessionID(RecordID(digesting: Secret(copying: [1]))) }

    @Test func timesFromTheFutureGiveNoMoreLifeThanNow() throws {
        let wild = try record(at: Self.now.advanced(by: .seconds(61)))
        #expect(wild.session(id, at: Self.now) == nil)
        let record = try record(at: Self.now.advanced(by: .seconds(60)))
        let session = try #require(record.session(id, at: Self.now))
        #expect(session.expiresAt <= Self.now.advanced(by: SessionPolicy.aal1.absolute))
        #expect(session.idleExpiresAt <= Self.now.advanced(by: SessionPolicy.aal1.idle))
    }

    @Test func freshnessLastsFiveMinutesAndNeedsTheCodeWhereThereIsAnAuthenticator() throws {
        let partition = try #require(Partition(bytes: [UInt8](repeating: 1, count: 16)))
        func isFresh(_ record: SessionRecord, needsCode: Bool, after seconds: Double) -> Bool {
            SessionRules.freshness(
                of: record, id, needsCode: needsCode, partition: partition,
                at: Self.now.advanced(by: .seconds(seconds))) != nil
        }
        let byPassword = try record()
        #expect(isFresh(byPassword, needsCode: false, after: 299.999))
        #expect(!isFresh(byPassword, needsCode: false, after: 300))
        #expect(!isFresh(byPassword, needsCode: true, after: 0))
        // Clocks may differ by a minute; a proof from further ahead is none.
        #expect(isFresh(byPassword, needsCode: false, after: -60))
        #expect(!isFresh(byPassword, needsCode: false, after: -61))
    }

    @Test func recordsAreStoredWhole() throws {
        let record = try record(level: .aal2)
        #expect(try SessionRecord(stored: record.encoded()) == record)
        let pending = PendingSignInRecord(
            account: record.account, generation: .max, need: .secondFactor, proof: record.proof, createdAt: Self.now)
        #expect(try PendingSignInRecord(stored: pending.encoded()) == pending)
    }

    /// Ours are kept in a word, others in an array; the same methods are equal, and stored the same way, either way.
    @Test func methodsKeepTheirOrderWhoeverTheyAreOf() throws {
        let own: [AuthenticationMethod] = [.password, .oneTimePassword, .recoveryCode]
        let foreign = AuthenticationMethod(rawValue: "face")
        var lists = [[], own, own.reversed(), [.password, .password], [foreign], own + [foreign], [foreign] + own]
        lists += [own + [foreign] + own, [AuthenticationMethod(rawValue: ""), AuthenticationMethod(rawValue: "pwd ")]]
        for count in 15...18 { lists.append((0..<count).map { own[$0 % 3] }) }
        lists.append([AuthenticationMethod(rawValue: String(repeating: "x", count: 300))])
        for methods in lists {
            let list = MethodList(methods)
            #expect(list.all == methods && "\(list)" == "\(methods)")
            var writer = CBORWriter()
            list.encode(to: &writer)
            var reader = CBORReader(writer.bytes)
            let read = try MethodList(from: &reader)
            try reader.end()
            #expect(read == list && read.hashValue == list.hashValue)
            for other in lists where other != methods { #expect(MethodList(other) != list) }
        }
        for bytes: [UInt8] in [
            [0x81, 0x63, 0x70, 0x77], [0x81, 0x78, 3, 0x70, 0x77, 0x64], [0x81, 0x61, 0xFF], [0x82, 0x60],
        ] {
            var reader = CBORReader(bytes)
            #expect(throws: CBORError.self) { try MethodList(from: &reader) }
        }
    }

    @Test func theIDOfASessionIsWrittenOneWay() {
        let text = id.description
        #expect(SessionID(text) == id)
        for other in ["", text.uppercased(), text + "0", String(text.dropLast()), " " + text] {
            #expect(SessionID(other) == nil || other == text)
        }
    }
}
