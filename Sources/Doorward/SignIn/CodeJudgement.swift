// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardLockout
import DoorwardOTP

/// What a code came to, before the commit that counts it.
enum CodeJudgement: Sendable {
    /// `afterMany` if as many failures as start a lock came before.
    case accepted(AuthenticationMethod, afterMany: Bool)
    /// `usedUp` if it was the hundredth in a row.
    case rejected(Denial, CodeRejection, usedUp: Bool)
    /// Nothing was looked at.
    case locked(Denial)
}

extension Gatekeeper {
    /// Judges a one-time or recovery code, spends it if it is right, counts it if it is wrong.
    ///
    /// No reservation is needed: the verdict leaves only after the commit of what this changes, and of parallel guesses
    /// those that lose the race are judged again on a ledger that counts the others. What has the form of a recovery
    /// code is one; all else is judged, and counted, as a one-time code.
    ///
    /// Specification: RFC 4226 § 7.3; NIST SP 800-63B-4 §§ 3.1.2.2, 3.1.4.2, 3.2.2; ASVS V6.3.1, V6.5.1.
    ///
    /// - Parameter device: The known device that it comes from, whose attempts are counted by themselves.
    func judge(
        _ code: String, of account: AccountID, by device: DeviceID?, in work: inout WorkingSet, at now: Timestamp
    ) throws(StoreError) -> CodeJudgement {
        let recoveryCode = RecoveryCode(code)
        return try counting(recoveryCode == nil ? .otp : .recovery, of: account, by: device, in: &work, at: now) {
            work throws(StoreError) in
            guard let recoveryCode else {
                return try authenticators.verifyAndConsume(
                    code, for: account, random: environment.random, in: &work, at: now)
            }
            // Only beside an authenticator: without one there is nothing to recover.
            guard try !AuthenticatorRules.owned(by: account, in: work).active.isEmpty,
                try recovery.redeem(recoveryCode, for: account, random: environment.random, in: &work)
            else { return .rejected(.wrong) }
            return .accepted(counter: 0)
        }
    }

    /// Judges two codes that follow each other, by which a counter-based authenticator is found again. Counted as one
    /// one-time code.
    ///
    /// Specification: RFC 4226 § 7.4.
    func judgeResynchronization(
        _ id: AuthenticatorID?, _ first: String, _ second: String, of account: AccountID, by device: DeviceID?,
        in work: inout WorkingSet, at now: Timestamp
    ) throws(StoreError) -> CodeJudgement {
        try counting(.otp, of: account, by: device, in: &work, at: now) { work throws(StoreError) in
            try authenticators.resynchronize(
                id, first, second, for: account, random: environment.random, in: &work)
        }
    }

    /// Judges the first code of an enrolment, counted as a one-time code. A factor that is disabled by its failures is
    /// bound anew by this.
    ///
    /// - Returns: `nil` if there is no such enrolment.
    func judgeConfirmation(
        _ id: AuthenticatorID, _ code: String, of record: AccountRecord, by device: DeviceID? = nil,
        in work: inout WorkingSet, at now: Timestamp
    ) throws(StoreError) -> CodeJudgement? {
        let pending = try AuthenticatorRules.owned(by: record.account, in: work).entries.contains {
            $0.id == id && !$0.isActive && $0.generation == record.generation
        }
        guard pending else { return nil }
        return try counting(.otp, of: record.account, by: device, in: &work, at: now, bindsAnew: true) {
            work throws(StoreError) in
            try authenticators.confirm(
                id, by: code, for: record.account, generation: record.generation, in: &work, at: now)
                ?? .rejected(.wrong)
        }
    }

    func counting(
        _ factor: AttemptFactor, of account: AccountID, by device: DeviceID?, in work: inout WorkingSet,
        at now: Timestamp, bindsAnew: Bool = false, verify: (inout WorkingSet) throws(StoreError) -> CodeVerification
    ) throws(StoreError) -> CodeJudgement {
        var ledger = try ledger(factor, of: account, by: device, in: work, at: now)
        if let rest = ledger.lock(at: now) {
            if ledger.wasCut { put(ledger, factor, isReal: true, in: &work, at: now) }
            return .locked(Denial(retryAfter: rest))
        }
        // At a hundred consecutive failures nothing is verified any more, and it looks like a wrong code.
        let verdict = ledger.isDisabled && !bindsAnew ? .rejected(.wrong) : try verify(&work)
        switch verdict {
        case .accepted:
            let afterMany = ledger.followsMany
            ledger.succeed()
            put(ledger, factor, isReal: true, in: &work, at: now)
            return .accepted(factor == .recovery ? .recoveryCode : .oneTimePassword, afterMany: afterMany)
        case .rejected(let reason):
            ledger.fail(at: now)
            put(ledger, factor, isReal: true, in: &work, at: now)
            return .rejected(
                Denial(retryAfter: ledger.lock(at: now)), reason, usedUp: ledger.reachedLimit)
        }
    }

    func report(_ judgement: CodeJudgement, _ account: AccountID) {
        switch judgement {
        case .accepted(let method, let afterMany):
            if afterMany { report(.loginSucceededAfterFailures, account, reason: .code) }
            if method == .recoveryCode { report(.factorRemoved, account, reason: .recoveryCodeUsed) }
        case .rejected(_, let reason, let usedUp):
            reason == .replayed
                ? report(.factorReused, account, reason: .replayedCode)
                : report(.loginFailed, account, reason: .wrongCode)
            if usedUp { report(.loginFailedMaximum, account, reason: .factorDisabled) }
        case .locked: report(.loginLocked, account, reason: .locked)
        }
    }
}
