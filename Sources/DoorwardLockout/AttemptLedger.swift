// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// A factor whose attempts are counted by themselves.
package enum AttemptFactor: String, Hashable, Sendable, CaseIterable {
    case password, otp, recovery, delivered

    package var recordID: RecordID { RecordID(label: rawValue) }
}

/// The attempts on one factor of one account: failures, and what is being verified right now.
///
/// One record, changed by conditional commits alone, so that the budget is exact however many processes guess at once;
/// a counter could not tell attempts under way from failed ones.
///
/// A known device has a lane of its own: neither do strangers lock it out, nor does its success open their lock. The
/// streak is common to all lanes. (NIST SP 800-63B-4 § 3.2.2)
package struct AttemptLedger: StoredValue, Hashable {
    package static let kind = RecordKind.attempts
    package static let fieldCount = 3
    /// Those of known devices, and of some that were forgotten with attempts under way.
    private static let limit = 32

    package let account: AccountID
    /// Consecutive failures on this factor, however long ago and from whatever device.
    package private(set) var streak = 0
    /// In the order in which they were opened; the first is everybody's.
    private var lanes: [AttemptLane] = [AttemptLane(device: nil)]
    /// The one that is spoken of.
    private var current = 0
    /// Whether a failure was counted here that used the streak up.
    package private(set) var reachedLimit = false
    /// Whether ``settle(at:longestReservation:)`` found a time that no right clock wrote. What it was cut to must be
    /// stored, or it would be cut to a later time at every look.
    package private(set) var wasCut = false

    package init(account: AccountID) { self.account = account }

    /// The answer to somebody who wants to try.
    package enum Admission: Hashable, Sendable {
        case locked(retryAfter: Duration)
        /// As many attempts as are left are under way.
        case full
        /// Reserved. If it may not be verified, it is answered like a wrong one.
        case reserved(mayVerify: Bool)
    }

    /// Speaks of a known device's attempts from now on; `nil`: of everybody else's, as it does of a device that no lane is
    /// left for, because devices that were forgotten still have failures to their name.
    package mutating func select(_ device: DeviceID?) {
        if let index = lanes.firstIndex(where: { $0.device == device }) {
            current = index
        } else if lanes.count < Self.limit {
            lanes.append(AttemptLane(device: device))
            current = lanes.count - 1
        } else {
            current = 0
        }
    }

    package var failures: Int { lanes[current].failures }
    package var running: [AttemptLane.Reservation] { lanes[current].running }

    /// How long nothing is verified any more, if so.
    package func lock(at now: Timestamp) -> Duration? { lanes[current].lock(at: now) }

    /// The longest that anybody's attempts are locked.
    package func longestLock(at now: Timestamp) -> Duration? { lanes.compactMap { $0.lock(at: now) }.max() }

    /// Whether the streak has used itself up: the factor must be bound anew.
    package var isDisabled: Bool { streak >= LockoutPolicy.streakLimit }

    /// Whether a success now would come after as many failures as start a lock.
    package var followsMany: Bool { streak >= LockoutPolicy.freeFailures }

    /// Brings the ledger up to a time: reservations of dead processes become failures, an old ladder ends.
    ///
    /// Stored times are first cut to the furthest that a right clock could have written.
    package mutating func settle(at now: Timestamp, longestReservation: Duration) {
        let before = lanes
        for index in lanes.indices { lanes[index].cut(at: now, longestReservation: longestReservation) }
        wasCut = wasCut || lanes != before
        let dead = lanes.flatMap(\.running).filter { $0.deadline <= now }
        for reservation in dead.sorted(by: { $0.deadline < $1.deadline }) {
            fail(reservation.nonce, at: reservation.deadline)
        }
        for index in lanes.indices { lanes[index].endQuietLadder(at: now) }
    }

    /// Lets an attempt through, if there is room. Call on a settled ledger.
    ///
    /// - Parameter isReal: Whether there is such an account; phantoms have no streak.
    package mutating func reserve(_ nonce: [UInt8], deadline: Timestamp, at now: Timestamp, isReal: Bool) -> Admission {
        if let known = lanes.flatMap(\.running).first(where: { $0.nonce == nonce }) {
            // Ours already: a commit whose reply was lost.
            return .reserved(mayVerify: known.countsTowardStreak)
        }
        if let rest = lock(at: now) { return .locked(retryAfter: rest) }
        guard lanes[current].hasRoom else { return .full }
        let counting = lanes.flatMap(\.running).count { $0.countsTowardStreak }
        let mayVerify = isReal && streak + counting < LockoutPolicy.streakLimit
        lanes[current].running.append(
            AttemptLane.Reservation(nonce: nonce, deadline: deadline, countsTowardStreak: mayVerify))
        return .reserved(mayVerify: mayVerify)
    }

    /// Ends an attempt as wrong. One that is not under way any more was counted already.
    package mutating func fail(_ nonce: [UInt8], at now: Timestamp) {
        guard let (lane, reservation) = end(nonce) else { return }
        count(in: lane, at: now, towardStreak: reservation.countsTowardStreak)
    }

    /// Counts a failure that needed no reservation.
    package mutating func fail(at now: Timestamp) { count(in: current, at: now, towardStreak: !isDisabled) }

    /// Ends an attempt, if there is one, as right: the ladder of its lane and the streak are over; what others try goes
    /// on, and so do their locks.
    package mutating func succeed(_ nonce: [UInt8]? = nil) {
        let lane = nonce.flatMap { end($0)?.lane } ?? current
        lanes[lane].clearLadder()
        streak = 0
    }

    /// Ends every lock and the streak; what is being verified goes on.
    package mutating func clear() {
        for index in lanes.indices { lanes[index].clearLadder() }
        streak = 0
    }

    /// Ends an attempt that was never verified, as if it had not been made.
    package mutating func giveBack(_ nonce: [UInt8]) { _ = end(nonce) }

    private mutating func end(_ nonce: [UInt8]) -> (lane: Int, reservation: AttemptLane.Reservation)? {
        for lane in lanes.indices {
            guard let index = lanes[lane].running.firstIndex(where: { $0.nonce == nonce }) else { continue }
            return (lane, lanes[lane].running.remove(at: index))
        }
        return nil
    }

    private mutating func count(in lane: Int, at now: Timestamp, towardStreak: Bool) {
        lanes[lane].count(failureAt: now)
        guard towardStreak, !isDisabled else { return }
        streak += 1
        reachedLimit = isDisabled
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
        account = try reader.account()
        streak = try reader.count(upTo: LockoutPolicy.streakLimit)
        let count = try reader.array()
        for _ in 0..<count {
            let lane = try AttemptLane(from: &reader)
            if lane.device == nil { lanes[0] = lane } else { lanes.append(lane) }
        }
        guard lanes.count <= Self.limit, Set(lanes.map(\.device)).count == lanes.count else {
            throw CBORError(reason: "too many lanes")
        }
    }

    package func encode(to writer: inout CBORWriter) {
        writer.account(account)
        writer.unsigned(UInt64(streak))
        let telling = lanes.filter { !$0.isEmpty }
        writer.array(count: telling.count)
        for lane in telling { lane.encode(to: &writer) }
    }
}
