// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
public import DoorwardLockout
package import DoorwardPasswords
import DoorwardSessions

extension Gatekeeper {
    /// Makes an account with a name and a password.
    ///
    /// *Atomic:* the name's record is written last, and it is the verdict: until it is there, nothing can be found of
    /// the account; once it is there, the account is whole. Of parallel registrations of one name one succeeds.
    ///
    /// Names are public: this tells whether one is taken. All that speaks against the password is told at once.
    ///
    /// - Parameter source: The peer's address, if the service knows it; it may hold no more than its share of the queue.
    public func register(_ name: String, password: Password, from source: ClientSource = .unknown)
        async throws(GatekeeperError) -> RegistrationOutcome
    {
        let loginName: LoginName
        do throws(LoginNameError) {
            loginName = try LoginName(name)
            try loginName.requireSingleScript()
        } catch {
            return .badName(error)
        }
        return try await flow {
            var violations = try await violations(of: password, words: [loginName.text])
            let namePartition = environment.partition(.name, Array(loginName.text.utf8))
            let nameKey = RecordKey(.names, in: namePartition, id: .only)
            let known = try await environment.read([nameKey], in: namePartition)
            if try known.load(NameRecord.self) != nil { violations.append(.nameTaken) }
            guard violations.isEmpty else { return .refused(violations) }

            let hash = try await hasher.hash(password, in: hasher.pool.admit(source: source.bytes))
            let account = try await makeAccount(named: loginName.text, hash: hash)
            let isOurs = try await environment.transact(in: namePartition, reading: [nameKey], startingFrom: known) {
                work, _ throws(StoreError) in
                if let record = try work.load(NameRecord.self) { return record.account == account }
                work.put(NameRecord(account: account))
                return true
            }
            guard isOurs else {
                // Nobody can find the account that lost; it goes now if it can.
                let loser = attempted(account)
                try? await environment.transact(in: loser.partition, reading: loser.keys) {
                    work, _ throws(StoreError) in
                    for kind: RecordKind in [.accounts, .passwords, .seats] { work.remove(kind) }
                }
                return .refused([.nameTaken])
            }
            report(.userCreated, account)
            return .registered(account, loginName)
        }
    }

    /// An account of its own making, for tests and importers: without a name to find it by, and without a password if
    /// there is no hash.
    package func makeAccount(named name: String?, hash: PHCString?) async throws(StoreError) -> AccountID {
        let account = AccountID(from: environment.random)
        let target = attempted(account)
        try await environment.transact(in: target.partition, reading: target.keys) { work, now throws(StoreError) in
            work.put(AccountRecord(account: account, name: name, createdAt: now))
            if let hash {
                work.put(PasswordRecord(account: account, hash: hash, setAt: now, random: environment.random))
            }
            work.put(SeatsRecord(account: account))
        }
        return account
    }

    /// Gives an account of its own making its name. For tests of accounts without a password.
    package func registerWithoutPassword(_ name: LoginName) async throws(StoreError) -> AccountID {
        let account = try await makeAccount(named: name.text, hash: nil)
        let partition = environment.partition(.name, Array(name.text.utf8))
        try await environment.transact(in: partition, reading: [RecordKey(.names, in: partition, id: .only)]) {
            work, _ throws(StoreError) in work.put(NameRecord(account: account))
        }
        return account
    }
}
