// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import DoorwardOTP
import DoorwardPasswords

/// What became of a request for an account under an address.
@nonexhaustive
public enum AddressRegistrationOutcome: Sendable {
    /// The mail decides: a token for whoever can have the account, a word to whoever has it.
    case accepted
    /// Too many requests from this network.
    case denied(Denial)
    case badName(LoginNameError)
}

/// For services whose names are addresses, and therefore nobody else's business.
extension Gatekeeper {
    /// Sends a token that makes an account to an address, good for an hour and once; or, to an address that has one, a word
    /// that it has.
    ///
    /// *Uniform:* the same answer, store calls and writes whether there is such an account. Nothing is reserved for whoever
    /// has not shown that the address is theirs. (ASVS V6.3.8)
    public func requestRegistration(_ address: String, from source: ClientSource = .unknown)
        async throws(GatekeeperError) -> AddressRegistrationOutcome
    {
        let name: LoginName
        do throws(LoginNameError) { name = try Self.newName(address) } catch { return .badName(error) }
        let parts = name.text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), Self.isPlain(name.text) else {
            return .badName(.notAnAddress)
        }
        return try await flow(from: source) {
            try requireOwnNames()
            let sender = try sender()
            return try await budgeted(
                source, exceeded: AddressRegistrationOutcome.denied, succeeded: { _ in false }, preparing: {}
            ) {
                let key = nameKey(name.text)
                let bearer = BearerToken(issuingIn: key.partition, random: environment.random)
                let keys = [key, DeliveryPurpose.registration.key(in: key.partition)]
                let (isIssued, holder, now) = try await environment.transact(in: key.partition, reading: keys) {
                    work, now throws(StoreError) in
                    let isIssued = try DeliveryRules.issue(
                        bearer.recordID.bytes, for: .registration, to: Array(name.text.utf8), generation: 0,
                        lifetime: Self.resetLifetime, in: &work, at: now)
                    return (isIssued, try work.load(NameRecord.self)?.account, now)
                }
                report(.registrationRequested, holder, reason: isIssued ? nil : .nothingSent)
                guard isIssued else { return .accepted }
                let message = OutgoingMessage(
                    content: holder == nil ? .registration(RegistrationToken(bearer: bearer)) : .alreadyRegistered,
                    address: name.text, name: name.text, account: holder,
                    expiresAt: holder == nil ? now.advanced(by: Self.resetLifetime) : nil)
                send(message, by: sender)
                return .accepted
            }
        }
    }

    /// Makes the account whose address a token was sent to. *Accept once*, and atomic like
    /// ``register(_:password:from:)``. The address is a confirmed one from then on.
    ///
    /// - Returns: Refused with all that speaks against the password, or because somebody was faster; denied for a token
    ///   that is used, too old or none. What is refused costs nothing.
    public func completeRegistration(
        _ token: RegistrationToken, password: Password, from source: ClientSource = .unknown
    ) async throws(GatekeeperError) -> ProtectedOutcome<AccountID> {
        try await flow(from: source) {
            try requireOwnNames()
            let partition = token.bearer.partition
            let keys = [
                RecordKey(.names, in: partition, id: .only), DeliveryPurpose.registration.key(in: partition),
            ]
            let digest = token.bearer.recordID.bytes
            func name(in work: WorkingSet, at now: Timestamp) throws(StoreError) -> String? {
                guard let owner = try DeliveryRules.owner(.registration, in: work),
                    try DeliveryRules.isGood(
                        digest, for: .registration, to: owner, generation: 0, in: work, at: now)
                else { return nil }
                return String(decoding: owner, as: UTF8.self)
            }
            let known = try await environment.read(keys, in: partition)
            guard let name = try name(in: known, at: environment.clock.now()) else {
                report(.registrationFailed, nil, reason: .tokenGone)
                return .denied(Denial(retryAfter: nil))
            }
            var violations = try await violations(of: password, words: [name])
            if try known.load(NameRecord.self) != nil { violations.append(.nameTaken) }
            guard violations.isEmpty else { return .refused(violations) }
            let hash = try await hasher.hash(password, in: hasher.pool.admit(source: source.bytes))
            let now = environment.clock.now()
            let account = AccountID(from: environment.random)
            let isOurs = try await found(
                AccountRecord(account: account, name: name, createdAt: now),
                password: PasswordRecord(
                    account: account, hash: .own(hash), setAt: now, random: environment.random),
                address: name)
            guard isOurs else { return .refused([.nameTaken]) }
            // The name is taken, so the token is worth nothing any more; it goes all the same.
            try? await environment.transact(in: partition, reading: keys) { work, now throws(StoreError) in
                _ = try DeliveryRules.redeem(
                    digest, for: .registration, to: Array(name.utf8), generation: 0, in: &work, at: now)
            }
            report(.userCreated, account)
            return .done(account)
        }
    }
}

extension SecurityEvent.Name {
    /// Somebody asked for an account under an address.
    public static let registrationRequested = Self(rawValue: "user_registration_request")
    /// An account was to be made by a token that is used, too old or none.
    public static let registrationFailed = Self(rawValue: "user_registration_fail")
}
