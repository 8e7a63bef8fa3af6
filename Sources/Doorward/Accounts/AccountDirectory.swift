// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
public import DoorwardPasswords

/// A service's own table of users, for services that keep names themselves.
///
/// It is asked once a sign-in, for every name that can be one. Doorward keeps a record of its own for each account all
/// the same (whether it is disabled, and a generation that every change of credentials raises), begun at the first
/// sign-in. What a service deactivates in its table it also ends here: ``Gatekeeper/disable(_:)``; sessions are checked
/// without asking the table.
///
/// Conform with one query by an index, which takes the same time whether there is such a name or not.
public protocol AccountDirectory: Sendable {
    /// The account of a name; `nil` if nobody has it.
    ///
    /// - Throws: Whatever went wrong: the sign-in is *unavailable* then, never denied.
    func find(_ name: LoginName) async throws -> DirectoryEntry?

    /// What no password of the account may be built from: its names, its address. None if not said.
    func words(of account: AccountID) async throws -> [String]

    /// The sorts of hashes in the table: one of each, with how many accounts have such a one and no password here yet. It
    /// is asked once a day, so that names that nobody has answer as slowly as those that have never signed in. None
    /// if not said: then the time of an answer may tell such names apart.
    func hashSorts() async throws -> [(example: OldHash, accounts: Int)]
}

extension AccountDirectory {
    public func words(of account: AccountID) async throws -> [String] { [] }
    public func hashSorts() async throws -> [(example: OldHash, accounts: Int)] { [] }

    func entry(for name: LoginName) async throws(GatekeeperError) -> DirectoryEntry? {
        do { return try await find(name) } catch {
            throw GatekeeperError(.unavailable, "the table of users gave no answer", underlying: error)
        }
    }
}

/// What a service's own table says of an account.
public struct DirectoryEntry: Sendable {
    /// Never given to anybody else, whatever becomes of the name.
    public var account: AccountID
    /// Whether it may sign in. To whoever tries it looks as if the password were wrong.
    public var isActive: Bool
    /// The hash that the table holds: good until the account has a password here, which the first sign-in gives it.
    public var passwordHash: OldHash?
    /// Where its owner is reached, once that was confirmed.
    public var address: String?

    public init(
        account: AccountID, isActive: Bool = true, passwordHash: OldHash? = nil, address: String? = nil
    ) {
        self.address = address
        self.account = account
        self.isActive = isActive
        self.passwordHash = passwordHash
    }
}
