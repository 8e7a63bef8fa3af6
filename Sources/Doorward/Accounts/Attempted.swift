// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore
import DoorwardLockout
import DoorwardOTP
import DoorwardPasswords
import DoorwardSessions

/// Whom an attempt is made on: an account, or the phantom that an unknown name is counted on.
package struct Attempted: Sendable {
    /// The canonical name, or what was typed if it is none; `nil` where it was not found by a name of ours.
    let name: String?
    package let account: AccountID
    package let partition: Partition
    /// What is looked at where the account has no such record.
    let decoys: Decoys
    /// What the service's own table of users says, where there is one.
    var entry: DirectoryEntry?

    /// All that a sign-in looks at, the same for everybody.
    package var keys: [RecordKey] { Self.keys(in: partition) }

    static func keys(in partition: Partition) -> [RecordKey] {
        [
            RecordKey(.accounts, in: partition, id: .only), RecordKey(.passwords, in: partition, id: .only),
            AuthenticatorRules.key(in: partition), RecoveryCodeRules.key(in: partition),
            RecordKey(.seats, in: partition, id: .only), RecordKey(.devices, in: partition, id: .only),
        ] + AttemptFactor.allCases.map { RecordKey(.attempts, in: partition, id: $0.recordID) }
    }

    /// The account's record, if the account is real and, when it was found by name, bears that name. One that the
    /// service knows and we do not yet begins now.
    func record(in work: WorkingSet, at now: Timestamp) throws(StoreError) -> AccountRecord? {
        guard let record = try work.load(AccountRecord.self, else: decoys.account) else {
            return entry.map { AccountRecord(account: $0.account, name: nil, createdAt: now) }
        }
        guard record.account == account else { return nil }
        return name == nil || record.name == name ? record : nil
    }

    /// The account's password, if it has one: ours, else what the service brings along.
    func password(in work: WorkingSet, at now: Timestamp) throws(StoreError) -> PasswordRecord? {
        if let record = try work.load(PasswordRecord.self, else: decoys.password) {
            return record.account == account ? record : nil
        }
        guard try work.load(AccountRecord.self, else: decoys.account)?.hasHadPassword != true else { return nil }
        return entry?.passwordHash.map { PasswordRecord(account: account, importing: $0, setAt: now) }
    }
}

extension Gatekeeper {
    /// Whom a name means. Everybody gets an answer, after one read, or one question to the service's own table.
    package func resolve(_ typed: String) async throws -> Attempted {
        let known = try? LoginName(typed)
        let name = known?.text ?? typed
        let owner = Array(name.utf8)
        let phantom = environment.phantom(of: owner)
        if let directory = configuration.directory {
            let entry: DirectoryEntry? = if let known { try await directory.entry(for: known) } else { nil }
            var target = attempted(entry?.account ?? phantom)
            target.entry = entry
            return target
        }
        let key = nameKey(name)
        let work = try await environment.read([key], in: key.partition)
        let account = try work.load(NameRecord.self, else: decoys.name)?.account ?? phantom
        return Attempted(
            name: name, account: account, partition: environment.partition(of: account), decoys: decoys)
    }

    /// The account behind a session or an administrator's request.
    func attempted(_ account: AccountID) -> Attempted {
        Attempted(
            name: nil, account: account, partition: environment.partition(of: account), decoys: decoys)
    }
}
