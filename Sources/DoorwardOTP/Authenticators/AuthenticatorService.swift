// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// Authenticators for a service that wants one-time passwords alone: enrol, confirm, verify, remove.
///
/// *Accept once:* of any number of concurrent presentations of one code, from any number of processes, at most one is
/// accepted (RFC 6238 § 5.2; ASVS V6.5.1). The attempt budget is *not* here: whoever uses this without `Gatekeeper` must
/// throttle by itself (RFC 4226 § 7.3).
public struct AuthenticatorService: Sendable {
    private let environment: AuthEnvironment
    private let issuer: String
    private var rules: AuthenticatorRules { AuthenticatorRules(keys: environment.keys) }

    /// - Parameter issuer: The service's name, as authenticator apps show it.
    public init(_ environment: AuthEnvironment, issuer: String) {
        self.environment = environment
        self.issuer = issuer
    }

    /// Begins an enrolment. The secret is shown this once; nothing depends on it until it is confirmed.
    public func beginEnrollment(
        for account: AccountID, accountName: String, settings: AuthenticatorSettings = AuthenticatorSettings()
    ) async throws(StoreError) -> Result<Enrollment, EnrollmentRefusal> {
        try await transact(account) { work, now throws(StoreError) in
            try rules.begin(
                settings, for: account, generation: 0, issuer: issuer, accountName: accountName,
                random: environment.random, in: &work, at: now)
        }
    }

    /// Finishes an enrolment by a first code, which is spent by that.
    public func confirm(_ id: AuthenticatorID, for account: AccountID, by code: String)
        async throws(StoreError) -> CodeVerification
    {
        try await transact(account) { work, now throws(StoreError) in
            try rules.confirm(id, by: code, for: account, generation: 0, in: &work, at: now) ?? .rejected(.wrong)
        }
    }

    /// Verifies a code and marks its step or counter as used.
    public func verifyAndConsume(_ code: String, for account: AccountID) async throws(StoreError) -> CodeVerification {
        try await transact(account) { work, now throws(StoreError) in
            try rules.verifyAndConsume(code, for: account, random: environment.random, in: &work, at: now)
        }
    }

    /// The account's authenticators, oldest first.
    public func list(of account: AccountID) async throws(StoreError) -> [Authenticator] {
        let work = try await environment.read([AuthenticatorRules.key(in: partition(account))], in: partition(account))
        return try AuthenticatorRules.owned(by: account, in: work).entries.map { $0.facts() }
    }

    /// Removes an authenticator. Returns whether there was one.
    public func remove(_ id: AuthenticatorID, of account: AccountID) async throws(StoreError) -> Bool {
        try await transact(account) { work, _ throws(StoreError) in
            var record = try AuthenticatorRules.owned(by: account, in: work)
            guard let index = record.entries.firstIndex(where: { $0.id == id }) else { return false }
            record.entries.remove(at: index)
            work.put(record)
            return true
        }
    }

    private func partition(_ account: AccountID) -> Partition { environment.partition(of: account) }

    private func transact<R>(
        _ account: AccountID, decide: (inout WorkingSet, Timestamp) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        let partition = partition(account)
        return try await environment.transact(
            in: partition, reading: [AuthenticatorRules.key(in: partition)], decide: decide)
    }
}
