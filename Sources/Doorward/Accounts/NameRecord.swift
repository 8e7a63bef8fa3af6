// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

/// Says whose a name is. It counts only if the account bears the name back.
struct NameRecord: StoredValue, Hashable {
    static let kind = RecordKind.names
    static let fieldCount = 1

    let account: AccountID

    init(account: AccountID) { self.account = account }

    init(from reader: inout CBORReader) throws(CBORError) { account = try reader.account() }

    func encode(to writer: inout CBORWriter) { writer.account(account) }
}
