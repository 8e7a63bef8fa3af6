// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// An account's password, as stored.
package struct PasswordRecord: StoredValue, Hashable {
    package static let kind = RecordKind.passwords
    package static let fieldCount = 5

    package var account: AccountID
    /// Random, new with every password that is set, and kept when the same password is hashed anew.
    package let id: [UInt8]
    package var hash: StoredHash
    package var setAt: Timestamp
    /// Former passwords that may not come back, the latest first.
    package var previous: [StoredHash]

    package init(
        account: AccountID, hash: StoredHash, setAt: Timestamp, previous: [StoredHash] = [], random: some RandomSource
    ) {
        self.account = account
        id = random.bytes(16)
        self.hash = hash
        self.setAt = setAt
        self.previous = previous
    }

    /// The record of a hash that another system made, the same whoever brings it in.
    package init(account: AccountID, importing hash: OldHash, setAt: Timestamp) {
        self.account = account
        id = Self.id(importing: hash)
        self.hash = .old(hash)
        self.setAt = setAt
        previous = []
    }

    /// What a password is known by before its hash is brought in: parallel sign-ins mean the same one.
    package static func id(importing hash: OldHash) -> [UInt8] {
        var writer = CBORWriter()
        writer.hash(.old(hash))
        return Array(HashFunction.sha256.hash(writer.bytes).prefix(16))
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
        account = try reader.account()
        id = try reader.byteString(count: 16)
        hash = try reader.hash()
        setAt = try reader.timestamp()
        var previous: [StoredHash] = []
        for _ in 0..<(try reader.array()) { previous.append(try reader.hash()) }
        self.previous = previous
    }

    package func encode(to writer: inout CBORWriter) {
        writer.account(account)
        writer.byteString(id)
        writer.hash(hash)
        writer.timestamp(setAt)
        writer.array(count: previous.count)
        for hash in previous { writer.hash(hash) }
    }

    /// What a new record remembers if at most so many are to be.
    package func history(_ limit: Int) -> [StoredHash] { Array(([hash] + previous).prefix(max(0, limit))) }
}
