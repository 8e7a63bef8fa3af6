// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import DoorwardLockout
import DoorwardOTP
import DoorwardPasswords
public import DoorwardSessions

extension Gatekeeper {
    /// Takes a pending sign-in one step further.
    ///
    /// *Accept once:* of any number of concurrent calls with one pending token, or one code, at most one is granted.
    /// A wrong code counts on the account's factor and on the pending sign-in, which ends at the fifth.
    ///
    /// - Returns: Granted; pending again, under a new token, if there is one more need; or denied, also for a pending
    ///   sign-in that is over or needs something else.
    /// - Complexity: Two round trips to the store.
    public func finish(
        _ token: PendingSignInToken, with answer: PendingAnswer, from source: ClientSource = .unknown,
        replacing old: SessionToken? = nil
    ) async throws(GatekeeperError) -> SignInOutcome {
        try await flow(from: source) {
            try await budgeted(source, exceeded: SignInOutcome.denied, succeeded: \.isRightSoFar, preparing: {}) {
                let end = try await transact(pending: token) {
                    work, pending, record, now throws(StoreError) -> (
                        Conclusion, AccountID, CodeJudgement?, binds: Bool
                    )? in
                    guard let pending, let record else { return nil }
                    let device = try known(pending.device, of: record.account, in: work, at: now)
                    let judgement = try judge(answer, to: pending, of: record, by: device, in: &work, at: now)
                    let conclusion = try conclude(
                        judgement, pending, token, of: record, by: device, replacing: old, in: &work, at: now)
                    return (conclusion, record.account, judgement, pending.need == .enrollment)
                }
                guard let (conclusion, account, judgement, binds) = end else {
                    report(.loginFailed, nil, reason: .pendingGone)
                    return .denied(Denial(retryAfter: nil))
                }
                if let judgement { report(judgement, account) }
                if judgement == nil { report(.loginFailed, account, reason: .wrongAnswer) }
                if conclusion.isGivenUp { report(.loginFailed, account, reason: .tooManyWrongCodes) }
                if binds, case .accepted = judgement { report(.factorAdded, account) }
                await finishUp(conclusion, of: account, replacing: old)
                return conclusion.outcome
            }
        }
    }

    /// `nil` for an answer that is not what the pending sign-in needs.
    private func judge(
        _ answer: PendingAnswer, to pending: PendingSignInRecord, of record: AccountRecord, by device: DeviceID?,
        in work: inout WorkingSet, at now: Timestamp
    ) throws(StoreError) -> CodeJudgement? {
        switch (answer, pending.need) {
        case (.code(let code), .secondFactor):
            try judge(code, of: record.account, by: device, in: &work, at: now)
        case (.resynchronization(let first, let second), .secondFactor):
            try judgeResynchronization(nil, first, second, of: record.account, by: device, in: &work, at: now)
        case (.enrollment(let id, let code), .enrollment):
            try judgeConfirmation(id, code, of: record, by: device, in: &work, at: now)
        default: nil
        }
    }

    private func conclude(
        _ judgement: CodeJudgement?, _ pending: PendingSignInRecord, _ token: PendingSignInToken,
        of record: AccountRecord, by device: DeviceID?, replacing old: SessionToken?, in work: inout WorkingSet,
        at now: Timestamp
    ) throws(StoreError) -> Conclusion {
        switch judgement {
        case .accepted(let method, _):
            var record = record
            try SessionRules.end(pending: token.bearer.recordID, of: record.account, in: &work, at: now)
            if pending.need == .enrollment { try endEverythingOpen(&record, in: &work, at: now) }
            return try conclude(
                pending.proof.adding(method, at: now), for: record, by: device, replacing: old, in: &work, at: now)
        case .rejected(let denial, _, _):
            let isOver = try count(wrongCodeOn: pending, token, in: &work, at: now)
            return Conclusion(outcome: .denied(denial), isGivenUp: isOver)
        case .locked(let denial): return Conclusion(outcome: .denied(denial))
        case nil: return Conclusion(outcome: .denied(Denial(retryAfter: nil)))
        }
    }

    /// Gives a pending sign-in up: nothing is left to finish.
    public func abandon(_ token: PendingSignInToken) async throws(GatekeeperError) {
        try await flow {
            try await transact(pending: token) { work, pending, _, now throws(StoreError) in
                guard let pending else { return }
                try SessionRules.end(pending: token.bearer.recordID, of: pending.account, in: &work, at: now)
            }
        }
    }

    /// Begins an enrolment for somebody whose pending sign-in needs one. The secret is shown this once.
    public func beginEnrollment(
        _ token: PendingSignInToken, settings: AuthenticatorSettings = AuthenticatorSettings()
    ) async throws(GatekeeperError) -> ProtectedOutcome<Enrollment> {
        try await flow {
            try await transact(pending: token) { work, pending, record, now throws(StoreError) in
                guard let pending, let record, pending.need == .enrollment else { return .reauthenticationRequired }
                work.require(.pendingSignIns, token.bearer.recordID)
                return try begin(settings, for: record, in: &work, at: now)
            }
        }
    }

    /// Sets a new password for somebody whose pending sign-in needs one, and signs them in.
    public func changePassword(_ token: PendingSignInToken, to new: Password)
        async throws(GatekeeperError) -> ProtectedOutcome<SignedIn>
    {
        try await flow {
            let (record, stored): (AccountRecord?, PasswordRecord?) = try await transact(pending: token) {
                work, pending, record, _ throws(StoreError) in
                (pending?.need == .newPassword ? record : nil, try work.load(PasswordRecord.self))
            }
            guard let record, let stored else { return .reauthenticationRequired }
            var violations = try await violations(of: new, words: words(of: record))
            if violations.isEmpty, try await isFormer(new, in: stored, orCurrent: true) { violations = [.reused] }
            guard violations.isEmpty else { return .refused(violations) }
            let hash = StoredHash.own(try await hasher.hash(new))
            var isNewDevice = false
            let outcome: ProtectedOutcome<SignedIn> = try await transact(pending: token) {
                work, pending, record, now throws(StoreError) in
                guard let pending, var record, pending.need == .newPassword else { return .reauthenticationRequired }
                try SessionRules.end(pending: token.bearer.recordID, of: record.account, in: &work, at: now)
                let signedIn = try replacePassword(
                    with: hash, for: &record, proof: pending.proof.adding(.password, at: now), in: &work, at: now)
                isNewDevice = try !touch(
                    known(pending.device, of: record.account, in: work, at: now), of: record.account, in: &work, at: now
                )
                return .done(signedIn)
            }
            if case .done(let signedIn) = outcome {
                report(.passwordChanged, record.account, session: signedIn.session.id)
                await finishUp(
                    Conclusion(outcome: .granted(signedIn), isNewDevice: isNewDevice), of: record.account,
                    replacing: nil)
            }
            return outcome
        }
    }

    /// A transaction on a pending sign-in, which is handed over only while it is good.
    private func transact<R>(
        pending token: PendingSignInToken,
        decide: (inout WorkingSet, PendingSignInRecord?, AccountRecord?, Timestamp) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        let partition = token.bearer.partition
        let pendingKey = RecordKey(.pendingSignIns, in: partition, id: token.bearer.recordID)
        // Whose it is stands in the record; the keys depend on the partition alone.
        let keys = Attempted.keys(in: partition) + [pendingKey]
        return try await environment.transact(in: partition, reading: keys) { work, now throws(StoreError) in
            let pending = try work.load(PendingSignInRecord.self, token.bearer.recordID)
            let record = try work.load(AccountRecord.self)
            let isGood = pending?.isGood(for: record, at: now) ?? false
            return try decide(&work, isGood ? pending : nil, isGood ? record : nil, now)
        }
    }

    /// - Returns: Whether it was the last.
    private func count(
        wrongCodeOn pending: PendingSignInRecord, _ token: PendingSignInToken, in work: inout WorkingSet,
        at now: Timestamp
    ) throws(StoreError) -> Bool {
        var pending = pending
        pending.wrongCodes += 1
        guard pending.wrongCodes < PendingSignInRecord.wrongCodes else {
            try SessionRules.end(pending: token.bearer.recordID, of: pending.account, in: &work, at: now)
            return true
        }
        work.put(pending, token.bearer.recordID, expiresAt: pending.expiresAt(now))
        return false
    }
}
