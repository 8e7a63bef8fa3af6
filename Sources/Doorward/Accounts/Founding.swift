// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardOTP
import DoorwardPasswords
import DoorwardSessions

extension Gatekeeper {
    /// Makes an account under its name, unless somebody has it.
    ///
    /// *Atomic:* the name's record is written last, and it is the verdict: until it is there, nothing can be found of
    /// the account; once it is there, the account is whole.
    ///
    /// - Parameters:
    ///   - record: With a name and a random id.
    ///   - address: Where its owner is known to be reached.
    ///   - known: The name's record, if it was read already.
    ///   - beside: What else begins with the account.
    /// - Returns: Whether the name is the account's; if not, nothing is left of it.
    func found(
        _ record: AccountRecord, password: PasswordRecord?, address: String? = nil,
        startingFrom known: WorkingSet? = nil,
        beside: (inout WorkingSet, Timestamp) throws(StoreError) -> Void = { _, _ in }
    ) async throws(StoreError) -> Bool {
        let target = attempted(record.account)
        let keys =
            target.keys + [
                ContactRecord.key(in: target.partition), DeliveryPurpose.password.key(in: target.partition),
            ]
        try await environment.transact(in: target.partition, reading: keys) { work, now throws(StoreError) in
            try beside(&work, now)
            work.put(record)
            if let password { work.put(password) }
            if let address {
                work.put(
                    try ContactRecord(account: record.account, address: address, in: work.partition, environment))
            }
            work.put(SeatsRecord(account: record.account))
        }
        let key = nameKey(record.name ?? "")
        let isOurs = try await environment.transact(in: key.partition, reading: [key], startingFrom: known) {
            work, _ throws(StoreError) in
            if let holder = try work.load(NameRecord.self) { return holder.account == record.account }
            work.put(NameRecord(account: record.account))
            return true
        }
        if !isOurs {
            // Nobody can find the account that lost; it goes now if it can.
            try? await environment.transact(in: target.partition, reading: keys) { work, _ throws(StoreError) in
                for kind: RecordKind in [.accounts, .passwords, .seats, .contacts] { work.remove(kind) }
                work.remove(.deliveries, DeliveryPurpose.password.recordID)
            }
        }
        return isOurs
    }

    /// Accounts are made here only where names are kept here.
    func requireOwnNames() throws(GatekeeperError) {
        guard configuration.directory == nil else {
            throw GatekeeperError(.unavailable, "names are kept in the service's own table of users")
        }
    }

    /// A name that somebody may begin with.
    static func newName(_ text: String) throws(LoginNameError) -> LoginName {
        let name = try LoginName(text)
        try name.requireSingleScript()
        return name
    }

    /// Where it stands whose a canonical name is.
    func nameKey(_ name: String) -> RecordKey {
        RecordKey(.names, in: environment.partition(.name, Array(name.utf8)), id: .only)
    }
}
