// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// What an account has open: its sessions and pending sign-ins, oldest first.
///
/// Every issue and every removal replaces this record. So two parallel issues conflict here, the cap holds, and "all"
/// misses none.
package struct SeatsRecord: StoredValue, Hashable {
    package static let kind = RecordKind.seats
    package static let fieldCount = 2

    package struct Seat: Hashable, Sendable {
        package let kind: RecordKind
        package let id: RecordID
        package let expiresAt: Timestamp
    }

    package let account: AccountID
    package var seats: [Seat] = []

    package init(account: AccountID) { self.account = account }

    package init(from reader: inout CBORReader) throws(CBORError) {
        account = try reader.account()
        for _ in 0..<(try reader.array()) {
            try reader.array(count: 3)
            let kind = RecordKind(code: UInt16(try reader.count(upTo: Int(UInt16.max))))
            guard let id = RecordID(try reader.byteString()) else { throw CBORError(reason: "not an id") }
            seats.append(Seat(kind: kind, id: id, expiresAt: try reader.timestamp()))
        }
    }

    package func encode(to writer: inout CBORWriter) {
        writer.account(account)
        writer.array(count: seats.count)
        for seat in seats {
            writer.array(count: 3)
            writer.unsigned(UInt64(seat.kind.code))
            writer.byteString(seat.id.bytes)
            writer.timestamp(seat.expiresAt)
        }
    }
}

/// The rules for seats. They touch the seats record and the records that sit.
package enum Seats {
    /// Gives a record a seat; the oldest lose theirs where there are too many, and what has expired leaves.
    package static func take(
        _ kind: RecordKind, _ id: RecordID, until expiresAt: Timestamp, for account: AccountID,
        in work: inout WorkingSet, at now: Timestamp
    ) throws(StoreError) {
        var record = try owned(by: account, in: work)
        evictExpired(from: &record, in: &work, at: now)
        if kind == .pendingSignIns {
            let pending = record.seats.filter { $0.kind == kind }
            for oldest in pending.prefix(max(0, pending.count + 1 - SessionPolicy.pendingSeats)) {
                evict(oldest, from: &record, in: &work)
            }
        }
        while record.seats.count >= SessionPolicy.seats { evict(record.seats[0], from: &record, in: &work) }
        record.seats.append(SeatsRecord.Seat(kind: kind, id: id, expiresAt: expiresAt))
        work.put(record)
    }

    /// Removes whatever sits and is chosen; returns what that was.
    @discardableResult
    package static func clear(
        of account: AccountID, in work: inout WorkingSet, at now: Timestamp,
        where isChosen: (SeatsRecord.Seat) -> Bool = { _ in true }
    ) throws(StoreError) -> [SeatsRecord.Seat] {
        var record = try owned(by: account, in: work)
        let chosen = record.seats.filter { now < $0.expiresAt && isChosen($0) }
        let isChange = !chosen.isEmpty || record.seats.contains { $0.expiresAt <= now }
        guard isChange else { return [] }
        evictExpired(from: &record, in: &work, at: now)
        for seat in chosen { evict(seat, from: &record, in: &work) }
        work.put(record)
        return chosen
    }

    /// The seats, or none yet; `corrupt` if they are somebody else's.
    package static func owned(by account: AccountID, in work: WorkingSet) throws(StoreError) -> SeatsRecord {
        let record = try work.load(SeatsRecord.self) ?? SeatsRecord(account: account)
        guard record.account == account else { throw StoreError(.corrupt, "seats of another account") }
        return record
    }

    /// Their records go too: by a clock that ran ahead they may not be over, and without a seat nothing would end them.
    private static func evictExpired(from record: inout SeatsRecord, in work: inout WorkingSet, at now: Timestamp) {
        for seat in record.seats where seat.expiresAt <= now { evict(seat, from: &record, in: &work) }
    }

    private static func evict(_ seat: SeatsRecord.Seat, from record: inout SeatsRecord, in work: inout WorkingSet) {
        record.seats.removeAll { $0 == seat }
        work.removeAny(seat.kind, seat.id)
    }
}
