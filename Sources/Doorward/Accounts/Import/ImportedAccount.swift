// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
public import DoorwardPasswords

/// An account of another system, as it is to begin here.
public struct ImportedAccount: Sendable {
    public var name: LoginName
    /// The hash that system made; `nil` for an account that has no password yet.
    public var passwordHash: OldHash?
    public var isDisabled: Bool
    /// Whether the first sign-in must set a new password.
    public var mustChangePassword: Bool

    public init(
        name: LoginName, passwordHash: OldHash?, isDisabled: Bool = false, mustChangePassword: Bool = false
    ) {
        self.name = name
        self.passwordHash = passwordHash
        self.isDisabled = isDisabled
        self.mustChangePassword = mustChangePassword
    }
}

/// What became of an account that was brought in.
@nonexhaustive
public enum ImportOutcome: Hashable, Sendable {
    case imported(AccountID)
    /// It is here with this very password: it was brought in before.
    case alreadyThere(AccountID)
    /// Somebody else has the name, or the account's password was changed here since.
    case nameTaken
}

extension Gatekeeper {
    /// Brings an account of another system in. Its password goes on being good, and the next sign-in hashes it anew.
    ///
    /// *Atomic* like ``register(_:password:from:)``. Can be repeated: what is there stays.
    ///
    /// - Parameter wrapping: Whether to hash the old hash at once, so that it is nowhere stored as it came. Costs one
    ///   hash an account.
    public func importAccount(_ imported: ImportedAccount, wrapping: Bool = false)
        async throws(GatekeeperError) -> ImportOutcome
    {
        try await flow {
            try requireOwnNames()
            let nameKey = nameKey(imported.name.text)
            let known = try await environment.read([nameKey], in: nameKey.partition)
            if let holder = try known.load(NameRecord.self)?.account {
                return try await compare(imported, with: holder)
            }
            let account = AccountID(from: environment.random)
            let now = environment.clock.now()
            var record = AccountRecord(account: account, name: imported.name.text, createdAt: now)
            record.isDisabled = imported.isDisabled
            record.mustChangePassword = imported.mustChangePassword
            var password = imported.passwordHash.map { PasswordRecord(account: account, importing: $0, setAt: now) }
            if wrapping, let hash = imported.passwordHash { password?.hash = try await hasher.wrap(hash) }
            guard try await found(record, password: password, startingFrom: known) else {
                guard let holder = try await environment.read([nameKey], in: nameKey.partition).load(NameRecord.self)
                else { throw GatekeeperError(.unavailable, "a name was taken and is gone") }
                return try await compare(imported, with: holder.account)
            }
            report(.userCreated, account, reason: .imported)
            return .imported(account)
        }
    }

    private func compare(_ imported: ImportedAccount, with holder: AccountID) async throws -> ImportOutcome {
        let target = attempted(holder)
        let password = try await environment.read(target.keys, in: target.partition).load(PasswordRecord.self)
        return password?.id == imported.passwordHash.map(PasswordRecord.id(importing:))
            ? .alreadyThere(holder) : .nameTaken
    }
}

extension SecurityEvent.Reason {
    static let imported = Self(rawValue: "imported")
}
