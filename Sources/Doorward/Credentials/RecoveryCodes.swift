// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import DoorwardOTP
public import DoorwardSessions

extension Gatekeeper {
    /// Makes ten recovery codes, shown this once; the old ones are worth nothing in the same commit.
    ///
    /// Refused without an active authenticator. The session gets a new token; pending sign-ins and enrolments end.
    public func generateRecoveryCodes(_ fresh: FreshAuthentication)
        async throws(GatekeeperError) -> ProtectedOutcome<NewRecoveryCodes>
    {
        try await flow {
            let outcome: ProtectedOutcome<NewRecoveryCodes> = try await transact(fresh) {
                work, live, now throws(StoreError) in
                let account = live.account.account
                guard try !secondFactors(of: account, in: work).isEmpty else { return .refused([.noAuthenticator]) }
                let codes = try recovery.generate(for: account, random: environment.random, in: &work)
                var record = live.account
                record.raiseGeneration()
                work.put(record)
                try Seats.clear(of: account, in: &work, at: now) { $0.kind == .pendingSignIns }
                return .done(NewRecoveryCodes(codes: codes, signedIn: try renew(live, in: &work, at: now)))
            }
            if case .done(let new) = outcome {
                report(.factorAdded, fresh.account, session: new.signedIn.session.id, reason: .recoveryCodesMade)
            }
            return outcome
        }
    }

    /// How many recovery codes the session's account has left; `nil` if the session is over.
    public func remainingRecoveryCodes(of token: SessionToken) async throws(GatekeeperError) -> Int? {
        try await flow {
            try await transact(session: SessionID(token.bearer.recordID), in: token.bearer.partition) {
                work, live, _ throws(StoreError) in
                guard let live else { return nil }
                return try RecoveryCodeRules.remaining(of: live.account.account, in: work)
            }
        }
    }
}
