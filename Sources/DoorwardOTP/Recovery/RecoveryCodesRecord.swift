// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// An account's unused recovery codes, as digests, sealed together in one record.
///
/// *Atomic:* a code is spent by replacing the record without it, and a new set replaces the whole; so a code used
/// while a new set is made is either used before or worth nothing.
///
/// A code has 120 random bits, so a fast digest hides it (ASVS V6.5.2); and sealed rather than keyed digests need no code to
/// come under another key.
package struct RecoveryCodesRecord: StoredValue, Hashable {
    package static let kind = RecordKind.recoveryCodes
    package static let fieldCount = 3
    package static let setSize = 10

    package let account: AccountID
    /// How many are left.
    package let count: Int
    package let sealed: [UInt8]

    package init(account: AccountID, count: Int, sealed: [UInt8]) {
        self.account = account
        self.count = count
        self.sealed = sealed
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
        account = try reader.account()
        count = try reader.count(upTo: Self.setSize)
        sealed = try reader.byteString()
    }

    package func encode(to writer: inout CBORWriter) {
        writer.account(account)
        writer.unsigned(UInt64(count))
        writer.byteString(sealed)
    }
}
