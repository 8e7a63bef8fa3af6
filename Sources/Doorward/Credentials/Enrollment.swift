// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import DoorwardLockout
public import DoorwardOTP
public import DoorwardSessions

extension Gatekeeper {
    /// Begins to enrol an authenticator. The secret is shown this once; nothing depends on it until it is confirmed.
    public func beginEnrollment(_ fresh: FreshAuthentication, settings: AuthenticatorSettings = AuthenticatorSettings())
        async throws(GatekeeperError) -> ProtectedOutcome<Enrollment>
    {
        try await flow {
            try await transact(fresh) { work, live, now throws(StoreError) in
                try begin(settings, for: live.account, in: &work, at: now)
            }
        }
    }

    /// Confirms an enrolment by a first code, which is spent by that. From then on every sign-in needs a code.
    ///
    /// The session rises to AAL2 under a new token; all others, and what is pending, end in the same commit.
    /// (ASVS V7.4.3; NIST SP 800-63B-4 § 4.1.2.1)
    public func confirm(_ token: SessionToken, _ id: AuthenticatorID, code: String)
        async throws(GatekeeperError) -> ProtectedOutcome<SignedIn>
    {
        try await flow {
            let (outcome, judgement, account): (ProtectedOutcome<SignedIn>, CodeJudgement?, AccountID?) =
                try await transact(session: SessionID(token.bearer.recordID), in: token.bearer.partition) {
                    work, live, now throws(StoreError) in
                    guard var live else { return (.reauthenticationRequired, nil, nil) }
                    let account = live.account.account
                    guard let judgement = try judgeConfirmation(id, code, of: live.account, in: &work, at: now) else {
                        return (.notFound, nil, account)
                    }
                    switch judgement {
                    case .rejected(let denial, _, _), .locked(let denial): return (.denied(denial), judgement, account)
                    case .accepted(let method, _):
                        work.remove(.sessions, live.id.record)
                        try endEverythingOpen(&live.account, in: &work, at: now)
                        let next = BearerToken(issuingIn: work.partition, random: environment.random)
                        let proof = live.session.proof.adding(method, at: now)
                        let signedIn = try SessionRules.issue(next, to: account, proof: proof, in: &work, at: now)
                        return (.done(signedIn), judgement, account)
                    }
                }
            if let judgement, let account { report(judgement, account) }
            if case .done(let signedIn) = outcome {
                report(.factorAdded, account, session: signedIn.session.id)
            }
            return outcome
        }
    }

    /// Removes an authenticator. The session gets a new token, all others end; with the last one go the recovery codes.
    ///
    /// Refused for the last one where the service requires a second factor.
    public func removeAuthenticator(_ fresh: FreshAuthentication, _ id: AuthenticatorID)
        async throws(GatekeeperError) -> ProtectedOutcome<SignedIn>
    {
        try await flow {
            var wasActive = false
            let outcome: ProtectedOutcome<SignedIn> = try await transact(fresh) { work, live, now throws(StoreError) in
                let account = live.account.account
                let isLast = try AuthenticatorRules.owned(by: account, in: work).active.map(\.id) == [id]
                if isLast && configuration.requiresSecondFactor { return .refused([.lastAuthenticator]) }
                guard let removed = try AuthenticatorRules.remove(id, of: account, in: &work) else {
                    return .notFound
                }
                wasActive = removed.wasActive
                guard wasActive else { return .done(try renew(live, in: &work, at: now)) }
                var live = live
                try endEverythingOpen(&live.account, forgettingDevices: true, in: &work, at: now)
                return .done(try renew(live, in: &work, at: now))
            }
            if case .done(let signedIn) = outcome {
                report(
                    .factorRemoved, fresh.account, session: signedIn.session.id, reason: wasActive ? nil : .unconfirmed)
            }
            return outcome
        }
    }

    /// Finds a counter-based authenticator again by two codes that follow each other, which are spent by that.
    ///
    /// Within the attempt budget of one-time codes, and within five minutes of the session's password: a session that was
    /// stolen alone must not use the budget up. It opens nothing: the next sign-in takes the next code. Whoever cannot
    /// sign in gives the two codes there: ``PendingAnswer/resynchronization(_:_:)``.
    public func resynchronize(_ token: SessionToken, _ id: AuthenticatorID, _ first: String, _ second: String)
        async throws(GatekeeperError) -> ProtectedOutcome<Authenticator>
    {
        try await flow {
            let (outcome, judgement, account): (ProtectedOutcome<Authenticator>, CodeJudgement?, AccountID?) =
                try await transact(session: SessionID(token.bearer.recordID), in: token.bearer.partition) {
                    work, live, now throws(StoreError) in
                    guard let live,
                        SessionRules.freshness(
                            of: live.session, live.id, needsCode: false, partition: work.partition, at: now) != nil
                    else {
                        return (.reauthenticationRequired, nil, nil)
                    }
                    let account = live.account.account
                    func found() throws(StoreError) -> Authenticator? {
                        try AuthenticatorRules.owned(by: account, in: work).active.first {
                            $0.id == id && $0.period == nil
                        }?.facts()
                    }
                    guard try found() != nil else { return (.notFound, nil, account) }
                    work.require(.accounts)
                    let judgement = try judgeResynchronization(
                        id, first, second, of: account, by: nil, in: &work, at: now)
                    switch judgement {
                    case .rejected(let denial, _, _), .locked(let denial): return (.denied(denial), judgement, account)
                    case .accepted: return (try found().map { .done($0) } ?? .notFound, judgement, account)
                    }
                }
            if let judgement, let account { report(judgement, account) }
            if case .done = outcome { report(.userChanged, account, reason: .resynchronized) }
            return outcome
        }
    }

    /// The authenticators of the session's account, oldest first; `nil` if the session is over.
    public func authenticators(of token: SessionToken) async throws(GatekeeperError) -> [Authenticator]? {
        try await flow {
            try await transact(session: SessionID(token.bearer.recordID), in: token.bearer.partition) {
                work, live, now throws(StoreError) in
                guard let account = live?.account else { return nil }
                let isDisabled = try ledger(.otp, of: account.account, in: work, at: now).isDisabled
                return try AuthenticatorRules.owned(by: account.account, in: work).entries
                    .filter { $0.isActive || $0.generation == account.generation }
                    .map { $0.facts(factorIsDisabled: isDisabled) }
            }
        }
    }

    func begin(
        _ settings: AuthenticatorSettings, for record: AccountRecord, in work: inout WorkingSet, at now: Timestamp
    ) throws(StoreError) -> ProtectedOutcome<Enrollment> {
        work.require(.accounts)
        let begun = try authenticators.begin(
            settings, for: record.account, generation: record.generation, issuer: Self.label(configuration.serviceName),
            accountName: Self.label(record.name ?? record.account.description), random: environment.random, in: &work,
            at: now)
        switch begun {
        case .success(let enrollment): return .done(enrollment)
        case .failure(let refusal): return .refused([.init(code: refusal.code, message: refusal.description)])
        }
    }

    /// In a provisioning URI a colon stands between issuer and account, so neither may have one.
    private static func label(_ name: String) -> String {
        let label = String(name.map { $0 == ":" ? "." : $0 })
        return ProvisioningURI.isGood(label) ? label : "-"
    }
}

extension SecurityEvent.Reason {
    /// An enrolment that nobody had confirmed.
    static let unconfirmed = Self(rawValue: "unconfirmed")
    static let resynchronized = Self(rawValue: "resynchronized")
}
