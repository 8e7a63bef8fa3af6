// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardLockout
import DoorwardOTP
import DoorwardSessions

/// Whom an attempt is made on: an account, or the phantom that an unknown name is counted on.
struct Attempted: Sendable {
    /// The canonical name, or what was typed if it is none.
    let name: String?
    let account: AccountID
    let partition: Partition

    /// All that a sign-in looks at, the same for everybody.
    var keys: [RecordKey] { Self.keys(in: partition) }

    static func keys(in partition: Partition) -> [RecordKey] {
        [
            RecordKey(.accounts, in: partition, id: .only), RecordKey(.passwords, in: partition, id: .only),
            AuthenticatorRules.key(in: partition), RecoveryCodeRules.key(in: partition),
            RecordKey(.seats, in: partition, id: .only),
        ] + AttemptFactor.allCases.map { RecordKey(.attempts, in: partition, id: $0.recordID) }
    }

    /// The account's record, if the account is real and, when it was found by name, bears that name.
    func record(in work: WorkingSet) throws(StoreError) -> AccountRecord? {
        guard let record = try work.load(AccountRecord.self), record.account == account else { return nil }
        return name == nil || record.name == name ? record : nil
    }
}

extension Gatekeeper {
    /// Whom a name means. Everybody gets an answer, after one read.
    func resolve(_ typed: String) async throws(StoreError) -> Attempted {
        let name = (try? LoginName(typed))?.text ?? typed
        let owner = Array(name.utf8)
        let partition = environment.partition(.name, owner)
        let work = try await environment.read([RecordKey(.names, in: partition, id: .only)], in: partition)
        guard let phantom = environment.keys.authenticate([owner], purpose: .phantoms) else {
            throw StoreError(.unavailable, "the key ring has no active key")
        }
        let account = try work.load(NameRecord.self)?.account ?? AccountID(phantom: phantom)
        return Attempted(
            name: name, account: account, partition: environment.partition(.account, account.bytes))
    }

    /// The account behind a session or an administrator's request.
    func attempted(_ account: AccountID) -> Attempted {
        Attempted(name: nil, account: account, partition: environment.partition(.account, account.bytes))
    }
}
