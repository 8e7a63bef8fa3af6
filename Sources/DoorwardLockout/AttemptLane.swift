// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// The attempts of one known device on one factor, or those of everybody else: a ladder of locks, and what is being
/// verified right now.
package struct AttemptLane: Hashable, Sendable {
    /// An attempt that was let through to be verified and has no verdict yet.
    package struct Reservation: Hashable, Sendable {
        package let nonce: [UInt8]
        /// When whoever made it must be dead.
        package let deadline: Timestamp
        /// Whether its failure counts toward the streak.
        package let countsTowardStreak: Bool
    }

    /// `nil`: everybody without a known device.
    let device: DeviceID?
    /// Failures on the ladder: since the last success, or since the last quiet day.
    package internal(set) var failures = 0
    package internal(set) var lastFailure: Timestamp?
    package internal(set) var lockedUntil: Timestamp?
    package internal(set) var running: [Reservation] = []

    init(device: DeviceID?) { self.device = device }

    /// Whether it says no more than a lane that is not there.
    var isEmpty: Bool { failures == 0 && running.isEmpty && lastFailure == nil && lockedUntil == nil }

    var hasRoom: Bool { running.count < max(1, LockoutPolicy.freeFailures - failures) }

    func lock(at now: Timestamp) -> Duration? { lockedUntil.flatMap { now < $0 ? $0.since(now) : nil } }

    /// Cuts stored times to the furthest that a right clock could have written.
    mutating func cut(at now: Timestamp, longestReservation: Duration) {
        let lateDeadline = now.advanced(by: longestReservation)
        lockedUntil = lockedUntil.map { min($0, now.advanced(by: LockoutPolicy.longestLock)) }
        lastFailure = lastFailure.map { min($0, now) }
        running = running.map {
            Reservation(
                nonce: $0.nonce, deadline: min($0.deadline, lateDeadline), countsTowardStreak: $0.countsTowardStreak)
        }
    }

    mutating func count(failureAt now: Timestamp) {
        failures = min(failures + 1, 1_000_000)
        lastFailure = max(lastFailure ?? now, now)
        if let lock = LockoutPolicy.lock(after: failures) { lockedUntil = now.advanced(by: lock) }
    }

    /// Ends the ladder; what is being verified goes on.
    mutating func clearLadder() { (failures, lastFailure, lockedUntil) = (0, nil, nil) }

    mutating func endQuietLadder(at now: Timestamp) {
        if let lastFailure, lastFailure.advanced(by: LockoutPolicy.quietTime) <= now { clearLadder() }
    }

    init(from reader: inout CBORReader) throws(CBORError) {
        try reader.array(count: 5)
        device = try reader.optional { reader throws(CBORError) in
            guard let device = DeviceID(bytes: try reader.byteString(count: DeviceID.length)) else {
                throw CBORError(reason: "not a device")
            }
            return device
        }
        failures = try reader.count(upTo: 1_000_000)
        lastFailure = try reader.optionalTimestamp()
        lockedUntil = try reader.optionalTimestamp()
        for _ in 0..<(try reader.array()) {
            try reader.array(count: 3)
            running.append(
                Reservation(
                    nonce: try reader.byteString(count: 8), deadline: try reader.timestamp(),
                    countsTowardStreak: try reader.bool()))
        }
    }

    func encode(to writer: inout CBORWriter) {
        writer.array(count: 5)
        writer.optional(device) { $0.byteString($1.bytes) }
        writer.unsigned(UInt64(failures))
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
