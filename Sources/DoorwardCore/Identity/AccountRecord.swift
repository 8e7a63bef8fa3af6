// SPDX-License-Identifier: Apache-2.0

/// What Doorward keeps of an account in all cases: whether it may be used, and a generation that every change of its
/// credentials raises. Whatever issues something requires this record unchanged.
package struct AccountRecord: StoredValue, Hashable {
    package static let kind = RecordKind.accounts
    package static let fieldCount = 8

    package var account: AccountID
    /// The canonical name; a name record counts only if its account bears it back. `nil` where the service keeps names.
    package var name: String?
    package var isDisabled: Bool
    /// Given up by its owner for good.
    package var isClosed = false
    /// Whether it ever had a password here: from then on one that the service's own table holds counts no more.
    package var hasHadPassword = false
    package var mustChangePassword: Bool
    package var generation: UInt64
    package var createdAt: Timestamp

    package init(account: AccountID, name: String?, createdAt: Timestamp) {
        self.account = account
        self.name = name
        self.createdAt = createdAt
        isDisabled = false
        mustChangePassword = false
        generation = 0
    }

    /// Ends what was bound to the account as it was: pendings, enrolments, resets.
    package mutating func raiseGeneration() { generation &+= 1 }

    package init(from reader: inout CBORReader) throws(CBORError) {
        account = try reader.account()
        name = try reader.optional { reader throws(CBORError) in try reader.text() }
        isDisabled = try reader.bool()
        isClosed = try reader.bool()
        hasHadPassword = try reader.bool()
        mustChangePassword = try reader.bool()
        generation = try reader.unsigned()
        createdAt = try reader.timestamp()
    }

    package func encode(to writer: inout CBORWriter) {
        writer.account(account)
        writer.optional(name) { $0.text($1) }
        writer.bool(isDisabled)
        writer.bool(isClosed)
        writer.bool(hasHadPassword)
        writer.bool(mustChangePassword)
        writer.unsigned(generation)
        writer.timestamp(createdAt)
    }
}
