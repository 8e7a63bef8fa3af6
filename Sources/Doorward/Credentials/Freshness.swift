// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
public import DoorwardLockout
import DoorwardOTP
import DoorwardPasswords
public import DoorwardSessions

extension Gatekeeper {
    /// Whether the session's holder has shown all factors within the last five minutes.
    ///
    /// The value is demanded by what would let a thief of the session stay, and checked again there.
    public func freshAuthentication(of token: SessionToken) async throws(GatekeeperError) -> Freshness {
        try await flow {
            try await transact(session: SessionID(token.bearer.recordID), in: token.bearer.partition) {
                work, live, now throws(StoreError) in
                guard let live else { return .notSignedIn }
                let methods = try secondFactors(of: live.account.account, in: work)
                let fresh = SessionRules.freshness(
                    of: live.session, live.id, needsCode: !methods.isEmpty, partition: work.partition, at: now)
                return fresh.map { .fresh($0) } ?? .stale([.password] + methods)
            }
        }
    }

    /// Asks the holder of a session for all factors again, and gives the session a new token and a new life.
    ///
    /// Within the same attempt budgets as a sign-in. Where a code is needed and none is given, the password is judged,
    /// and nothing is left to finish. (ASVS V7.2.4, V7.5.1)
    public func reauthenticate(
        _ token: SessionToken, password: Password, code: String? = nil, from source: ClientSource = .unknown,
        device: DeviceToken? = nil
    ) async throws(GatekeeperError) -> ReauthenticationOutcome {
        try await flow(from: source) {
            let now = environment.clock.now()
            let id = SessionID(token.bearer.recordID)
            guard let old = try await sessions.load(token, at: now), old.session(id, at: now) != nil
            else { return .notSignedIn }
            return try await budgeted(
                source, exceeded: ReauthenticationOutcome.denied, succeeded: \.isRightSoFar, preparing: {}
            ) {
                let verdict = try await attempt(
                    password, on: attempted(old.account), by: device, source: source,
                    alsoReading: [RecordKey(.sessions, in: token.bearer.partition, id: id.record)]
                ) { work, record, now throws(StoreError) in
                    try renew(id, of: record, code: code, by: device, in: &work, at: now)
                }
                switch verdict {
                case .wrong(let denial): return .denied(denial)
                case .right((let outcome, let judgement), _, _):
                    if let judgement { report(judgement, old.account) }
                    if case .secondFactorRequired = outcome {
                        report(.loginPending, old.account, session: id, reason: .secondFactor)
                    }
                    if case .granted(let signedIn) = outcome {
                        report(.sessionRenewed, old.account, session: signedIn.session.id)
                    }
                    return outcome
                }
            }
        }
    }

    /// What follows from a right password: the code's turn, and then a new life for the session.
    private func renew(
        _ id: SessionID, of account: AccountRecord, code: String?, by device: DeviceToken?,
        in work: inout WorkingSet, at now: Timestamp
    ) throws(StoreError) -> (ReauthenticationOutcome, CodeJudgement?) {
        guard let session = try work.load(SessionRecord.self, id.record), session.session(id, at: now) != nil
        else { return (.notSignedIn, nil) }
        var proof = session.proof.adding(.password, at: now)
        var judgement: CodeJudgement?
        let methods = try secondFactors(of: account.account, in: work)
        if !methods.isEmpty {
            guard let code, !code.isEmpty else { return (.secondFactorRequired(methods), nil) }
            let lane = try known(device, of: account.account, in: work, at: now)
            let verdict = try judge(code, of: account.account, by: lane, in: &work, at: now)
            switch verdict {
            case .accepted(let method, _): proof = proof.adding(method, at: now)
            case .rejected(let denial, _, _), .locked(let denial): return (.denied(denial), verdict)
            }
            judgement = verdict
        }
        try SessionRules.end(id, of: account.account, in: &work, at: now)
        let next = BearerToken(issuingIn: work.partition, random: environment.random)
        let signedIn = try SessionRules.issue(next, to: account.account, proof: proof, in: &work, at: now)
        return (.granted(signedIn), judgement)
    }

    /// A live session with its account, as a decision sees them.
    struct LiveSession {
        let id: SessionID
        let session: SessionRecord
        var account: AccountRecord
    }

    /// A transaction on a session, which is handed over only while it is live.
    func transact<R>(
        session id: SessionID, in partition: Partition, alsoReading more: [RecordKey] = [],
        decide: (inout WorkingSet, LiveSession?, Timestamp) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        let keys = Attempted.keys(in: partition) + [RecordKey(.sessions, in: partition, id: id.record)] + more
        return try await environment.transact(in: partition, reading: keys) { work, now throws(StoreError) in
            guard let session = try work.load(SessionRecord.self, id.record), session.session(id, at: now) != nil,
                let account = try work.load(AccountRecord.self), account.account == session.account,
                !account.isDisabled
            else { return try decide(&work, nil, now) }
            return try decide(&work, LiveSession(id: id, session: session, account: account), now)
        }
    }

    /// A transaction that a fresh authentication allows: checked again on the records that the commit depends on.
    func transact<R: Sendable>(
        _ fresh: FreshAuthentication, alsoReading more: [RecordKey] = [],
        decide: (inout WorkingSet, LiveSession, Timestamp) throws(StoreError) -> ProtectedOutcome<R>
    ) async throws(StoreError) -> ProtectedOutcome<R> {
        try await transact(session: fresh.session, in: fresh.partition, alsoReading: more) {
            work, live, now throws(StoreError) in
            guard let live, try isFresh(live, in: work, at: now) else { return .reauthenticationRequired }
            work.require(.sessions, fresh.session.record)
            return try decide(&work, live, now)
        }
    }

    func isFresh(_ live: LiveSession, in work: WorkingSet, at now: Timestamp) throws(StoreError) -> Bool {
        let needsCode = try !secondFactors(of: live.account.account, in: work).isEmpty
        return SessionRules.freshness(
            of: live.session, live.id, needsCode: needsCode, partition: work.partition, at: now) != nil
    }

    /// The session under a new token, as it is.
    func renew(_ live: LiveSession, in work: inout WorkingSet, at now: Timestamp) throws(StoreError) -> SignedIn {
        let token = BearerToken(issuingIn: work.partition, random: environment.random)
        return try SessionRules.regenerate(live.session, live.id, under: token, in: &work, at: now)
    }
}
