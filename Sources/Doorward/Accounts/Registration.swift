// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import DoorwardPasswords
import DoorwardSessions

extension Gatekeeper {
    /// Makes an account with a name and a password.
    ///
    /// *Atomic:* the account is there whole, or nothing can be found of it. Of parallel registrations of one name one
    /// succeeds.
    ///
    /// Names are public: this tells whether one is taken. All that speaks against the password is told at once.
    ///
    /// - Parameter source: The peer's address, if the service knows it; it may hold no more than its share of the queue.
    public func register(_ name: String, password: Password, from source: ClientSource = .unknown)
        async throws(GatekeeperError) -> RegistrationOutcome
    {
        let loginName: LoginName
        do throws(LoginNameError) { loginName = try Self.newName(name) } catch { return .badName(error) }
        return try await flow(from: source) {
            try requireOwnNames()
            var violations = try await violations(of: password, words: [loginName.text])
            let nameKey = nameKey(loginName.text)
            let known = try await environment.read([nameKey], in: nameKey.partition)
            if try known.load(NameRecord.self) != nil { violations.append(.nameTaken) }
            guard violations.isEmpty else { return .refused(violations) }

            let hash = try await hasher.hash(password, in: hasher.pool.admit(source: source.bytes))
            let account = AccountID(from: environment.random)
            let now = environment.clock.now()
            let isOurs = try await found(
                AccountRecord(account: account, name: loginName.text, createdAt: now),
                password: PasswordRecord(
                    account: account, hash: .own(hash), setAt: now, random: environment.random),
                startingFrom: known)
            guard isOurs else { return .refused([.nameTaken]) }
            report(.userCreated, account)
            return .registered(account, loginName)
        }
    }

    /// Makes an account without a password. For tests of such accounts.
    package func registerWithoutPassword(_ name: LoginName) async throws(StoreError) -> AccountID {
        let account = AccountID(from: environment.random)
        _ = try await found(
            AccountRecord(account: account, name: name.text, createdAt: environment.clock.now()), password: nil)
        return account
    }
}
