// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
public import DoorwardOTP
import DoorwardPasswords

/// What an administrator may do about credentials, and never learns one by.
extension Gatekeeper {
    /// Makes an account whose owner sets the first password, by a token that is sent to them, good for a day and once.
    ///
    /// - Parameter address: Where its owner is reached. Without one the message has none, and the sender decides.
    public func createAccount(_ name: String, address: String? = nil)
        async throws(GatekeeperError) -> RegistrationOutcome
    {
        let loginName: LoginName
        do throws(LoginNameError) { loginName = try Self.newName(name) } catch { return .badName(error) }
        return try await flow {
            try requireOwnNames()
            let sender = try sender()
            guard address.map(Self.isPlain) ?? true else { return .refused([.badAddress]) }
            let now = environment.clock.now()
            let record = AccountRecord(
                account: AccountID(from: environment.random), name: loginName.text, createdAt: now)
            let target = attempted(record.account)
            let bearer = BearerToken(issuingIn: target.partition, random: environment.random)
            // The token is there with the account: nobody is left with one that waits for nothing.
            let isMade = try await found(record, password: nil, address: address) { work, now throws(StoreError) in
                _ = try DeliveryRules.issue(
                    bearer.recordID.bytes, for: .password, to: record.account.bytes, generation: record.generation,
                    lifetime: Self.activationLifetime, isCounted: false, in: &work, at: now)
            }
            guard isMade else { return .refused([.nameTaken]) }
            report(.userCreated, record.account)
            send(
                OutgoingMessage(
                    content: .activation(PasswordToken(bearer: bearer)), address: address, name: record.name,
                    account: record.account, expiresAt: now.advanced(by: Self.activationLifetime)), by: sender)
            return .registered(record.account, loginName)
        }
    }

    /// Sends an account's owner a token that sets a new password, good for an hour and once; the old one is good until then.
    ///
    /// - Returns: The account's state; `nil` if nobody has that name.
    public func startPasswordReset(_ name: String) async throws(GatekeeperError) -> AccountStatus? {
        try await flow {
            let sender = try sender()
            let target = try await resolve(name)
            guard let status = try await administer(target) else { return nil }
            let message = try await issuePasswordToken(for: target, lifetime: Self.resetLifetime, isCounted: false) {
                .passwordReset($0)
            }
            if let message {
                report(.passwordResetRequested, status.account, reason: .administrator)
                send(message, by: sender)
            }
            return status
        }
    }

    /// The authenticators of an account, oldest first; `nil` if nobody has that name.
    public func authenticators(of name: String) async throws(GatekeeperError) -> [Authenticator]? {
        try await flow {
            let target = try await resolve(name)
            let work = try await environment.read(target.keys, in: target.partition)
            guard let record = try target.record(in: work, at: environment.clock.now()) else { return nil }
            let isDisabled = try ledger(.otp, of: record.account, in: work, at: environment.clock.now()).isDisabled
            return try AuthenticatorRules.owned(by: record.account, in: work).active
                .map { $0.facts(factorIsDisabled: isDisabled) }
        }
    }

    /// Takes an authenticator off an account whose owner has lost it. All that is open ends; with the last one go the
    /// recovery codes, and, where the service requires a second factor, the password: whoever has that alone must not
    /// enrol a device of their own. A token to set a new one is sent then. (NIST SP 800-63B-4 § 4.2.2.2)
    ///
    /// - Returns: Whether there was such a one; `nil` if nobody has that name.
    /// - Throws: *Unavailable* where that token could not be sent: nothing is removed then.
    public func removeAuthenticator(_ id: AuthenticatorID, of name: String) async throws(GatekeeperError) -> Bool? {
        try await flow {
            if configuration.requiresSecondFactor { _ = try sender() }
            let target = try await resolve(name)
            let removed = try await environment.transact(in: target.partition, reading: target.keys) {
                work, now throws(StoreError) -> (account: AccountID, takesPassword: Bool?)? in
                guard var record = try target.record(in: work, at: now) else { return nil }
                guard let removed = try AuthenticatorRules.remove(id, of: record.account, in: &work) else {
                    return (record.account, nil)
                }
                let takesPassword = removed.wasLast && configuration.requiresSecondFactor
                if takesPassword { work.remove(.passwords) }
                try endEverythingOpen(&record, forgettingDevices: true, in: &work, at: now)
                return (record.account, takesPassword)
            }
            guard let removed else { return nil }
            guard let takesPassword = removed.takesPassword else { return false }
            report(.factorRemoved, removed.account, reason: .administrator)
            if takesPassword { _ = try await startPasswordReset(name) }
            return true
        }
    }
}

extension SecurityEvent.Reason {
    static let administrator = Self(rawValue: "administrator")
}
