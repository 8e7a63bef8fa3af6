// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// What was sent for one purpose and has not been used: digests of tokens or codes, in one record.
///
/// *Atomic:* a token or code is spent by replacing this record; of concurrent presentations one commit lands.
package struct DeliveriesRecord: StoredValue, Hashable {
    package static let kind = RecordKind.deliveries
    package static let fieldCount = 3
    /// Of those that are good at once; a new one takes the oldest one's place. Those that anybody can ask for and those
    /// that an administrator started do not take each other's.
    package static let limit = 5

    package struct Entry: Hashable, Sendable {
        let digest: [UInt8]
        /// The owner's generation when it was sent; any other ends it.
        let generation: UInt64
        let createdAt: Timestamp
        let lifetime: Duration
        /// Whether it is one that anybody can ask for.
        let isCounted: Bool
        /// Wrong codes that were tried against it.
        var wrongCodes = 0

        package func isGood(generation: UInt64, at now: Timestamp) -> Bool {
            // One that lies in the future was made by a clock that ran ahead: nobody knows how old it is.
            self.generation == generation && createdAt.isCredible(at: now)
                && now < createdAt.advanced(by: lifetime)
        }
    }

    /// Whose they are: an account's id, or the canonical name of an account to be.
    package let owner: [UInt8]
    package internal(set) var entries: [Entry] = []
    var sends: [Timestamp] = []

    package init(owner: [UInt8]) { self.owner = owner }

    package init(from reader: inout CBORReader) throws(CBORError) {
        owner = try reader.byteString()
        for _ in 0..<(try reader.array()) {
            try reader.array(count: 6)
            entries.append(
                Entry(
                    digest: try reader.byteString(count: 32), generation: try reader.unsigned(),
                    createdAt: try reader.timestamp(), lifetime: .milliseconds(try reader.count(upTo: 1 << 32)),
                    isCounted: try reader.bool(), wrongCodes: try reader.count(upTo: DeliveryRules.wrongCodes)))
        }
        for _ in 0..<(try reader.array()) { sends.append(try reader.timestamp()) }
        guard entries.count <= 2 * Self.limit, sends.count <= DeliveryRules.sends else {
            throw CBORError(reason: "too many deliveries")
        }
    }

    package func encode(to writer: inout CBORWriter) {
        writer.byteString(owner)
        writer.array(count: entries.count)
        for entry in entries {
            writer.array(count: 6)
            writer.byteString(entry.digest)
            writer.unsigned(entry.generation)
            writer.timestamp(entry.createdAt)
            writer.unsigned(UInt64(clamping: entry.lifetime.wholeMilliseconds))
            writer.bool(entry.isCounted)
            writer.unsigned(UInt64(entry.wrongCodes))
        }
        writer.array(count: sends.count)
        for send in sends { writer.timestamp(send) }
    }
}

/// What something was sent for.
package enum DeliveryPurpose: String, Hashable, Sendable, CaseIterable {
    /// A token that sets a password.
    case password
    /// A token that makes an account.
    case registration
    /// A code that confirms an address.
    case address

    package var recordID: RecordID { RecordID(label: rawValue) }

    package func key(in partition: Partition) -> RecordKey { RecordKey(.deliveries, in: partition, id: recordID) }
}
