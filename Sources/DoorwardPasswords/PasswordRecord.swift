// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// An account's password, as stored.
package struct PasswordRecord: StoredValue, Hashable {
    package static let kind = RecordKind.passwords
    package static let fieldCount = 5

    package var account: AccountID
    /// Random, new with every password that is set, and kept when the same password is hashed anew.
    package let id: [UInt8]
    package var hash: PHCString
    package var setAt: Timestamp
    /// Former passwords that may not come back, the latest first.
    package let previous: [PHCString]

    package init(
        account: AccountID, hash: PHCString, setAt: Timestamp, previous: [PHCString] = [], random: some RandomSource
    ) {
        self.account = account
        id = random.bytes(16)
        self.hash = hash
        self.setAt = setAt
        self.previous = previous
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
        account = try reader.account()
        id = try reader.byteString(count: 16)
        hash = try reader.hash()
        setAt = try reader.timestamp()
        var previous: [PHCString] = []
        for _ in 0..<(try reader.array()) { previous.append(try reader.hash()) }
        self.previous = previous
    }

    package func encode(to writer: inout CBORWriter) {
        writer.account(account)
        writer.byteString(id)
        writer.text(hash.text)
        writer.timestamp(setAt)
        writer.array(count: previous.count)
        for hash in previous { writer.text(hash.text) }
    }

    /// What a new record remembers if at most so many are to be.
    package func history(_ limit: Int) -> [PHCString] { Array(([hash] + previous).prefix(max(0, limit))) }
}

extension CBORReader {
    fileprivate mutating func hash() throws(CBORError) -> PHCString {
        let text = try text()
        do throws(PHCStringError) { return try PHCString(parsing: text) } catch {
            throw CBORError(reason: error.reason)
        }
    }
}
