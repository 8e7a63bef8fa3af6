// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import DoorwardOTP
import DoorwardSessions

extension Gatekeeper {
    /// Closes the account of a session, for whoever has shown all factors lately: nobody can sign in to it, all it has open
    /// ends, and its password, authenticators, recovery codes and address are deleted, in one commit.
    ///
    /// For good: an administrator cannot enable it. Its name stays taken, so that nobody can pose as whoever had it.
    public func closeAccount(_ fresh: FreshAuthentication) async throws(GatekeeperError) -> ProtectedOutcome<AccountID>
    {
        try await flow {
            let more = [ContactRecord.key(in: fresh.partition)]
            var formerAddress: String?
            let outcome: ProtectedOutcome<AccountID> = try await transact(fresh, alsoReading: more) {
                work, live, now throws(StoreError) in
                var record = live.account
                formerAddress = try? address(of: record, attempted(record.account), in: work)
                record.isDisabled = true
                record.isClosed = true
                for kind: RecordKind in [.passwords, .authenticators, .recoveryCodes, .contacts] { work.remove(kind) }
                try endEverythingOpen(&record, forgettingDevices: true, in: &work, at: now)
                return .done(record.account)
            }
            if case .done(let account) = outcome {
                FlowReport.current?.note(formerAddress: formerAddress)
                report(.userDeleted, account, reason: .closed)
            }
            return outcome
        }
    }
}

extension SecurityEvent.Reason {
    static let closed = Self(rawValue: "closed")
}
