// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import DoorwardOTP
import DoorwardPasswords

/// What became of a request that sends a message. The same whether there is such an account or not.
@nonexhaustive
public enum RequestOutcome: Hashable, Sendable {
    /// If there is something to send, it is sent.
    case accepted
    /// Too many requests from this network.
    case denied(Denial)
}

extension Gatekeeper {
    /// How long a reset is good. (ASVS V6.4.1)
    static let resetLifetime: Duration = .seconds(3600)
    /// How long an account that an administrator made waits for its owner.
    static let activationLifetime: Duration = .seconds(24 * 3600)

    /// Sends a token that sets a new password to the account's confirmed address, good for an hour and once.
    ///
    /// *Uniform:* the same answer, store calls and writes whether the account exists, is disabled or has an address. Three
    /// messages go to one account in a quarter of an hour; beyond that the answer is still the same. Each request counts as a
    /// failure of the client's network.
    ///
    /// Nothing of the account changes until the token is used. (ASVS V6.4.3; OWASP Forgot Password Cheat Sheet)
    public func requestPasswordReset(_ name: String, from source: ClientSource = .unknown)
        async throws(GatekeeperError) -> RequestOutcome
    {
        try await flow(from: source) {
            let sender = try sender()
            return try await budgeted(
                source, exceeded: RequestOutcome.denied, succeeded: { _ in false },
                preparing: { try await self.resolve(name) }
            ) { target in
                let message = try await issuePasswordToken(
                    for: target, lifetime: Self.resetLifetime, isCounted: true
                ) { .passwordReset($0) }
                if let message, message.address != nil {
                    report(.passwordResetRequested, message.account)
                    send(message, by: sender)
                } else {
                    report(.passwordResetRequested, target.account, reason: .nothingSent)
                }
                return .accepted
            }
        }
    }

    /// The token in a message; `nil` if there is nobody to send it to, or too much was sent.
    func issuePasswordToken(
        for target: Attempted, lifetime: Duration, isCounted: Bool,
        content: (PasswordToken) -> OutgoingMessage.Content
    ) async throws(StoreError) -> OutgoingMessage? {
        let bearer = BearerToken(issuingIn: target.partition, random: environment.random)
        let keys =
            target.keys + [DeliveryPurpose.password.key(in: target.partition), ContactRecord.key(in: target.partition)]
        let (recipient, now) = try await environment.transact(in: target.partition, reading: keys) {
            work, now throws(StoreError) -> ((record: AccountRecord, address: String?)?, Timestamp) in
            let record = try target.record(in: work, at: now)
            let isIssued = try DeliveryRules.issue(
                bearer.recordID.bytes, for: .password, to: target.account.bytes, generation: record?.generation ?? 0,
                lifetime: lifetime, isCounted: isCounted, in: &work, at: now)
            if isIssued { work.require(.accounts) }
            guard isIssued, let record, !record.isDisabled, target.entry?.isActive ?? true else { return (nil, now) }
            return ((record, try address(of: record, target, in: work)), now)
        }
        guard let recipient else { return nil }
        return OutgoingMessage(
            content: content(PasswordToken(bearer: bearer)), address: recipient.address, name: recipient.record.name,
            account: recipient.record.account, expiresAt: now.advanced(by: lifetime))
    }

    /// Sets the password by a token that was sent. *Accept once.*
    ///
    /// Every session and pending sign-in ends, and the password's attempts begin anew. It signs nobody in: a second factor
    /// is due as ever. A password that is refused costs nothing: the token is still good.
    ///
    /// - Returns: Done with the account; denied for a token that is used, too old or none; refused with all that speaks
    ///   against the password.
    public func resetPassword(_ token: PasswordToken, to new: Password, from source: ClientSource = .unknown)
        async throws(GatekeeperError) -> ProtectedOutcome<AccountID>
    {
        try await flow(from: source) {
            let (record, stored) = try await transact(passwordToken: token) { work, record, _ throws(StoreError) in
                (record, try work.load(PasswordRecord.self))
            }
            guard let record else {
                report(.passwordChangeFailed, nil, reason: .tokenGone)
                return .denied(Denial(retryAfter: nil))
            }
            var violations = try await violations(of: new, words: words(of: record))
            // Compared with the current one only where that must go: else it would be a guess at it that nobody counts.
            let isReused = try await isFormer(
                new, in: stored, orCurrent: record.mustChangePassword, source: source.bytes)
            if violations.isEmpty, isReused { violations = [.reused] }
            guard violations.isEmpty else { return .refused(violations) }
            let hash = try await hasher.hash(new, in: hasher.pool.admit(source: source.bytes))
            let isSet = try await transact(passwordToken: token) { work, record, now throws(StoreError) in
                guard var record else { return false }
                _ = try DeliveryRules.redeem(
                    token.bearer.recordID.bytes, for: .password, to: record.account.bytes,
                    generation: record.generation, in: &work, at: now)
                try store(.own(hash), for: &record, in: &work, at: now)
                // Binding the password anew: whatever was guessed before was guessed at another one.
                var ledger = try ledger(.password, of: record.account, in: work, at: now)
                ledger.clear()
                put(ledger, .password, isReal: true, in: &work, at: now)
                return true
            }
            guard isSet else {
                report(.passwordChangeFailed, record.account, reason: .tokenGone)
                return .denied(Denial(retryAfter: nil))
            }
            report(.passwordChanged, record.account, reason: .reset)
            return .done(record.account)
        }
    }

    /// A transaction on the account of a token, which is handed over only while the token is good.
    private func transact<R>(
        passwordToken token: PasswordToken,
        decide: (inout WorkingSet, AccountRecord?, Timestamp) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        let partition = token.bearer.partition
        let keys = Attempted.keys(in: partition) + [DeliveryPurpose.password.key(in: partition)]
        return try await environment.transact(in: partition, reading: keys) { work, now throws(StoreError) in
            guard let record = try account(of: token, in: work, at: now), !record.isDisabled,
                try DeliveryRules.isGood(
                    token.bearer.recordID.bytes, for: .password, to: record.account.bytes,
                    generation: record.generation, in: work, at: now)
            else { return try decide(&work, nil, now) }
            return try decide(&work, record, now)
        }
    }
}

extension Gatekeeper {
    /// The account of a token. One that is in the service's own table alone begins here when the token is used.
    private func account(of token: PasswordToken, in work: WorkingSet, at now: Timestamp)
        throws(StoreError) -> AccountRecord?
    {
        if let record = try work.load(AccountRecord.self) { return record }
        guard configuration.directory != nil, let owner = try DeliveryRules.owner(.password, in: work),
            let account = AccountID(bytes: owner)
        else { return nil }
        return AccountRecord(account: account, name: nil, createdAt: now)
    }
}

extension SecurityEvent.Name {
    /// Somebody asked for a new password.
    public static let passwordResetRequested = Self(rawValue: "authn_password_reset_request")
}

extension SecurityEvent.Reason {
    static let nothingSent = Self(rawValue: "nothing_sent")
    static let tokenGone = Self(rawValue: "token_gone")
    static let reset = Self(rawValue: "reset")
}
