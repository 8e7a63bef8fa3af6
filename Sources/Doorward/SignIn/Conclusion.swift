// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardLockout
import DoorwardOTP
import DoorwardSessions

/// What a proof came to, and what its owner should hear of it.
struct Conclusion: Sendable {
    let outcome: SignInOutcome
    /// Granted to a browser that is none of those the account knows.
    var isNewDevice = false
    /// Granted without the second factor that the account has.
    var isByTrust = false
    /// The pending sign-in ended by its last wrong code.
    var isGivenUp = false
}

extension PendingNeed {
    fileprivate var reason: SecurityEvent.Reason {
        switch self {
        case .secondFactor: .secondFactor
        case .enrollment: .enrollment
        case .newPassword: .newPassword
        }
    }
}

extension SecurityEvent.Reason {
    static let secondFactor = Self(rawValue: "second_factor")
    static let enrollment = Self(rawValue: "enrollment")
    static let newPassword = Self(rawValue: "new_password")
    static let wrongAnswer = Self(rawValue: "wrong_answer")
    static let tooManyWrongCodes = Self(rawValue: "too_many_wrong_codes")

    /// By which factors somebody is in.
    static func methods(_ methods: [AuthenticationMethod]) -> Self {
        Self(rawValue: methods.map(\.rawValue).joined(separator: "_"))
    }
}

extension Gatekeeper {
    /// What a proof is good for: a full session, or a pending sign-in that says what is missing. The one place where a
    /// sign-in becomes a session. (ASVS V6.3.4)
    func conclude(
        _ proof: SessionProof, for record: AccountRecord, by device: DeviceID?, replacing old: SessionToken?,
        in work: inout WorkingSet, at now: Timestamp
    ) throws(StoreError) -> Conclusion {
        let methods = try secondFactors(of: record.account, in: work)
        let token = BearerToken(issuingIn: work.partition, random: environment.random)
        let missing: (PendingSignInRecord.Need, PendingNeed)? =
            if !methods.isEmpty, proof.codeAt == nil, try !isTrusted(device, of: record, in: work, at: now) {
                (.secondFactor, .secondFactor(methods))
            } else if methods.isEmpty && configuration.requiresSecondFactor {
                (.enrollment, .enrollment)
            } else if record.mustChangePassword {
                (.newPassword, .newPassword)
            } else {
                nil
            }
        if let (need, needs) = missing {
            let pending = PendingSignInRecord(
                account: record.account, generation: record.generation, need: need, proof: proof, createdAt: now,
                device: device?.bytes)
            return Conclusion(
                outcome: .pending(
                    PendingSignIn(
                        token: try SessionRules.suspend(pending, under: token, in: &work, at: now), needs: needs,
                        expiresAt: pending.expiresAt(now))))
        }
        if let old, old.bearer.partition == work.partition {
            try SessionRules.end(SessionID(old.bearer.recordID), of: record.account, in: &work, at: now)
        }
        let isNewDevice = try !touch(device, of: record.account, in: &work, at: now)
        return Conclusion(
            outcome: .granted(
                try SessionRules.issue(token, to: record.account, proof: proof, in: &work, at: now)),
            isNewDevice: isNewDevice, isByTrust: !methods.isEmpty && proof.codeAt == nil)
    }

    /// The methods that could be a second factor; none without an active authenticator.
    func secondFactors(of account: AccountID, in work: WorkingSet) throws(StoreError) -> [AuthenticationMethod] {
        guard try !AuthenticatorRules.owned(by: account, in: work).active.isEmpty else { return [] }
        let hasCodes = try RecoveryCodeRules.remaining(of: account, in: work) > 0
        return [.oneTimePassword] + (hasCodes ? [.recoveryCode] : [])
    }

    /// After a sign-in: ends the session that it replaces where that is another account's, and tells.
    func finishUp(_ conclusion: Conclusion, of account: AccountID, replacing old: SessionToken?) async {
        if case .pending(let pending) = conclusion.outcome {
            report(.loginPending, account, reason: pending.needs.reason)
        }
        guard case .granted(let signedIn) = conclusion.outcome else { return }
        let session = signedIn.session
        report(.loginSucceeded, account, session: session.id, reason: .methods(session.methods))
        if conclusion.isNewDevice { report(.loginFromNewDevice, account, session: session.id) }
        if conclusion.isByTrust { report(.loginByTrustedDevice, account, session: session.id) }
        report(.sessionCreated, account, session: signedIn.session.id)
        if let old, old.bearer.partition != signedIn.token.bearer.partition {
            // The verdict has been committed: whatever happens here does not change it.
            _ = try? await sessions.revoke(old)
        }
    }
}
