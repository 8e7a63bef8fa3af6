// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// An account's password, as stored.
package struct PasswordRecord: StoredValue, Hashable {
    package static let kind = RecordKind.passwords
    package static let fieldCount = 4

    package var account: AccountID
    /// Random, new with every password that is set, and kept when the same password is hashed anew.
    package let id: [UInt8]
    package var hash: PHCString
    package var setAt: Timestamp

    package init(account: AccountID, hash: PHCString, setAt: Timestamp, random: some RandomSource) {
        self.account = account
        id = random.bytes(16)
        self.hash = hash
        self.setAt = setAt
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
        account = try reader.account()
        id = try reader.byteString(count: 16)
        let text = try reader.text()
        do throws(PHCStringError) { hash = try PHCString(parsing: text) } catch {
            throw CBORError(reason: error.reason)
        }
        setAt = try reader.timestamp()
    }

    package func encode(to writer: inout CBORWriter) {
        writer.account(account)
        writer.byteString(id)
        writer.text(hash.text)
        writer.timestamp(setAt)
    }
}
