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
package struct AttemptLedger: StoredValue, Hashable {
    package static let kind = RecordKind.attempts
    package static let fieldCount = 6

    /// An attempt that was let through to be verified and has no verdict yet.
    package struct Reservation: Hashable, Sendable {
        package let nonce: [UInt8]
        /// When whoever made it must be dead.
        package let deadline: Timestamp
        /// Whether its failure counts toward the streak.
        package let countsTowardStreak: Bool
    }

    package let account: AccountID
    /// Failures on the ladder: since the last success, or since the last quiet day.
    package private(set) var failures = 0
    /// Consecutive failures on this factor, however long ago.
    package private(set) var streak = 0
    package private(set) var lastFailure: Timestamp?
    package private(set) var lockedUntil: Timestamp?
    package private(set) var running: [Reservation] = []
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

    /// Brings the ledger up to a time: reservations of dead processes become failures, an old ladder ends.
    ///
    /// Stored times are first cut to the furthest that a right clock could have written.
    package mutating func settle(at now: Timestamp, longestReservation: Duration) {
        let before = self
        let lateDeadline = now.advanced(by: longestReservation)
        lockedUntil = lockedUntil.map { min($0, now.advanced(by: LockoutPolicy.longestLock)) }
        lastFailure = lastFailure.map { min($0, now) }
        running = running.map {
            Reservation(
                nonce: $0.nonce, deadline: min($0.deadline, lateDeadline), countsTowardStreak: $0.countsTowardStreak)
        }
        wasCut = wasCut || self != before
        for dead in running.filter({ $0.deadline <= now }).sorted(by: { $0.deadline < $1.deadline }) {
            fail(dead.nonce, at: dead.deadline)
        }
        if let last = lastFailure, last.advanced(by: LockoutPolicy.quietTime) <= now {
            failures = 0
            lockedUntil = nil
            lastFailure = nil
        }
    }

    /// How long nothing is verified any more, if so.
    package func lock(at now: Timestamp) -> Duration? {
        lockedUntil.flatMap { now < $0 ? $0.since(now) : nil }
    }

    /// Whether the streak has used itself up: the factor must be bound anew.
    package var isDisabled: Bool { streak >= LockoutPolicy.streakLimit }

    /// Lets an attempt through, if there is room. Call on a settled ledger.
    ///
    /// - Parameter isReal: Whether there is such an account; phantoms have no streak.
    package mutating func reserve(_ nonce: [UInt8], deadline: Timestamp, at now: Timestamp, isReal: Bool) -> Admission {
        if let known = running.first(where: { $0.nonce == nonce }) {
            // Ours already: a commit whose reply was lost.
            return .reserved(mayVerify: known.countsTowardStreak)
        }
        if let rest = lock(at: now) { return .locked(retryAfter: rest) }
        let room = max(1, LockoutPolicy.freeFailures - failures)
        guard running.count < room else { return .full }
        let counting = running.count { $0.countsTowardStreak }
        let mayVerify = isReal && streak + counting < LockoutPolicy.streakLimit
        running.append(Reservation(nonce: nonce, deadline: deadline, countsTowardStreak: mayVerify))
        return .reserved(mayVerify: mayVerify)
    }

    /// Ends an attempt as wrong. One that is not under way any more was counted already.
    package mutating func fail(_ nonce: [UInt8], at now: Timestamp) {
        guard let reservation = end(nonce) else { return }
        count(at: now, towardStreak: reservation.countsTowardStreak)
    }

    /// Counts a failure that needed no reservation.
    package mutating func fail(at now: Timestamp) { count(at: now, towardStreak: !isDisabled) }

    /// Ends an attempt, if there is one, as right: the ladder and the streak are over; what others try goes on.
    package mutating func succeed(_ nonce: [UInt8]? = nil) {
        if let nonce { _ = end(nonce) }
        (failures, streak, lastFailure, lockedUntil) = (0, 0, nil, nil)
    }

    /// Ends an attempt that was never verified, as if it had not been made.
    package mutating func giveBack(_ nonce: [UInt8]) { _ = end(nonce) }

    private mutating func end(_ nonce: [UInt8]) -> Reservation? {
        guard let index = running.firstIndex(where: { $0.nonce == nonce }) else { return nil }
        return running.remove(at: index)
    }

    private mutating func count(at now: Timestamp, towardStreak: Bool) {
        failures = min(failures + 1, 1_000_000)
        if towardStreak { streak = min(streak + 1, LockoutPolicy.streakLimit) }
        lastFailure = max(lastFailure ?? now, now)
        if let lock = LockoutPolicy.lock(after: failures) { lockedUntil = now.advanced(by: lock) }
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
        account = try reader.account()
        failures = try reader.count(upTo: 1_000_000)
        streak = try reader.count(upTo: LockoutPolicy.streakLimit)
        lastFailure = try reader.optional { reader throws(CBORError) in try reader.timestamp() }
        lockedUntil = try reader.optional { reader throws(CBORError) in try reader.timestamp() }
        for _ in 0..<(try reader.array()) {
            try reader.array(count: 3)
            running.append(
                Reservation(
                    nonce: try reader.byteString(count: 8), deadline: try reader.timestamp(),
                    countsTowardStreak: try reader.bool()))
        }
    }

    package func encode(to writer: inout CBORWriter) {
        writer.account(account)
        writer.unsigned(UInt64(failures))
        writer.unsigned(UInt64(streak))
        writer.optional(lastFailure) { $0.timestamp($1) }
        writer.optional(lockedUntil) { $0.timestamp($1) }
        writer.array(count: running.count)
        for reservation in running {
            writer.array(count: 3)
            writer.byteString(reservation.nonce)
            writer.timestamp(reservation.deadline)
            writer.bool(reservation.countsTowardStreak)
        }
    }
}
