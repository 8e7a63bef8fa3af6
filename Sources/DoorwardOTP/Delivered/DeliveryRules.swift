// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// The rules for what the application sends: tokens and codes, good once and for a while.
///
/// Specification: NIST SP 800-63B-4 § 4.2; ASVS V6.4.1, V6.6.2, V6.6.3.
package enum DeliveryRules {
    /// So many messages go to one owner for one purpose ...
    package static let sends = 3
    /// ... within that time.
    package static let window: Duration = .seconds(900)
    /// So many wrong codes end a code.
    package static let wrongCodes = 5
    /// The record is of no use after that.
    private static let longest: Duration = .seconds(24 * 3600 + 900)

    /// Notes that something is sent.
    ///
    /// - Parameter isCounted: Whether it counts among the sends, which are limited because anybody can ask for them.
    /// - Returns: Whether it may be; `false` leaves all as it is.
    package static func issue(
        _ digest: [UInt8], for purpose: DeliveryPurpose, to owner: [UInt8], generation: UInt64, lifetime: Duration,
        isCounted: Bool = true, in work: inout WorkingSet, at now: Timestamp
    ) throws(StoreError) -> Bool {
        var record = try owned(by: owner, purpose, in: work)
        let known = record
        // One that lies in the future was written by a clock that ran ahead; it counts from now on.
        record.sends = record.sends.map { min($0, now) }.filter { now.since($0) < window }
        guard !isCounted || record.sends.count < sends else {
            if record.sends != known.sends { work.put(record, purpose.recordID, expiresAt: now.advanced(by: longest)) }
            return false
        }
        if isCounted { record.sends.append(now) }
        let good = record.entries.filter { $0.isGood(generation: generation, at: now) }
        let others = good.filter { $0.isCounted != isCounted }
        let same = good.filter { $0.isCounted == isCounted }.suffix(DeliveriesRecord.limit - 1)
        record.entries =
            others + same + [
                .init(
                    digest: digest, generation: generation, createdAt: now, lifetime: lifetime, isCounted: isCounted)
            ]
        work.put(record, purpose.recordID, expiresAt: now.advanced(by: longest))
        return true
    }

    /// Whether a token is good. Changes nothing.
    package static func isGood(
        _ digest: [UInt8], for purpose: DeliveryPurpose, to owner: [UInt8], generation: UInt64, in work: WorkingSet,
        at now: Timestamp
    ) throws(StoreError) -> Bool {
        try owned(by: owner, purpose, in: work).entries.contains {
            constantTimeEqual($0.digest, digest) && $0.isGood(generation: generation, at: now)
        }
    }

    /// Spends a token or code, and with it all that was sent for the purpose. A wrong one counts against each of them.
    package static func redeem(
        _ digest: [UInt8], for purpose: DeliveryPurpose, to owner: [UInt8], generation: UInt64,
        in work: inout WorkingSet, at now: Timestamp
    ) throws(StoreError) -> Bool {
        var record = try owned(by: owner, purpose, in: work)
        let isGood = record.entries.contains {
            constantTimeEqual($0.digest, digest) && $0.isGood(generation: generation, at: now)
        }
        if isGood {
            record.entries = []
        } else {
            for index in record.entries.indices { record.entries[index].wrongCodes += 1 }
            record.entries.removeAll { $0.wrongCodes >= wrongCodes }
        }
        work.put(record, purpose.recordID, expiresAt: now.advanced(by: longest))
        return isGood
    }

    /// Whose the record is; `nil` if nothing was sent.
    package static func owner(_ purpose: DeliveryPurpose, in work: WorkingSet) throws(StoreError) -> [UInt8]? {
        try work.load(DeliveriesRecord.self, purpose.recordID)?.owner
    }

    private static func owned(by owner: [UInt8], _ purpose: DeliveryPurpose, in work: WorkingSet)
        throws(StoreError) -> DeliveriesRecord
    {
        let record = try work.load(DeliveriesRecord.self, purpose.recordID) ?? DeliveriesRecord(owner: owner)
        guard record.owner == owner else { throw StoreError(.corrupt, "deliveries of another owner") }
        return record
    }
}
