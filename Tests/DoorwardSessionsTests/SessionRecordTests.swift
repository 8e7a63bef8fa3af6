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

    @Test func theIDOfASessionIsWrittenOneWay() {
        let text = id.description
        #expect(SessionID(text) == id)
        for other in ["", text.uppercased(), text + "0", String(text.dropLast()), " " + text] {
            #expect(SessionID(other) == nil || other == text)
        }
    }
}
