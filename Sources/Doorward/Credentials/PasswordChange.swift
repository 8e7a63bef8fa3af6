// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
public import DoorwardLockout
import DoorwardPasswords
public import DoorwardSessions

extension Gatekeeper {
    /// Changes the password. The session gets a new token; all others, and what is pending, end in the same commit.
    ///
    /// It takes the current password, within the attempt budget, and a fresh authentication. (ASVS V6.2.2, V6.2.3, V7.4.3)
    ///
    /// - Parameter source: The peer's address, if the service knows it; it may hold no more than its share of the queue.
    public func changePassword(
        _ fresh: FreshAuthentication, current: Password, to new: Password, from source: ClientSource = .unknown,
        device: DeviceToken? = nil
    ) async throws(GatekeeperError) -> ProtectedOutcome<SignedIn> {
        try await flow(from: source) {
            // Before anything is hashed: is it allowed, and may the new one be used at all?
            let allowed: ProtectedOutcome<AccountRecord> = try await transact(fresh) { _, live, _ in .done(live.account)
            }
            guard case .done(let record) = allowed else { return .reauthenticationRequired }
            var violations = try await violations(of: new, words: words(of: record))
            if let old = current.normalized, new.normalized?.matches(old) == true { violations.append(.reused) }
            guard violations.isEmpty else { return .refused(violations) }
            // Then the current one, within the budget; and only for whoever knows it, the hash of the new one.
            let verdict = try await attempt(current, on: attempted(fresh.account), by: device, source: source) {
                work, _, _ throws(StoreError) in try work.load(PasswordRecord.self)
            }
            let verified: PasswordRecord?
            switch verdict {
            case .wrong(let denial):
                report(.passwordChangeFailed, fresh.account, session: fresh.session, reason: .wrongPassword)
                return .denied(denial)
            case .right(let record, _, _): verified = record
            }
            guard try await !isFormer(new, in: verified, source: source.bytes) else { return .refused([.reused]) }
            let hash = StoredHash.own(try await hasher.hash(new, in: hasher.pool.admit(source: source.bytes)))
            let outcome: ProtectedOutcome<SignedIn> = try await transact(fresh) { work, live, now throws(StoreError) in
                // Another change was faster: what was verified is no longer the password.
                guard try work.load(PasswordRecord.self)?.id == verified?.id else { return .reauthenticationRequired }
                work.remove(.sessions, live.id.record)
                var record = live.account
                return .done(
                    try replacePassword(
                        with: hash, for: &record, proof: live.session.proof.adding(.password, at: now), in: &work,
                        at: now))
            }
            if case .done(let signedIn) = outcome {
                report(.passwordChanged, fresh.account, session: signedIn.session.id)
            }
            return outcome
        }
    }

    /// Stores a new password and ends everything that the old one opened.
    func store(_ hash: StoredHash, for record: inout AccountRecord, in work: inout WorkingSet, at now: Timestamp)
        throws(StoreError)
    {
        let former = try work.load(PasswordRecord.self)?.history(min(24, configuration.passwordHistory)) ?? []
        work.put(
            PasswordRecord(
                account: record.account, hash: hash, setAt: now, previous: former, random: environment.random))
        record.mustChangePassword = false
        record.hasHadPassword = true
        try endEverythingOpen(&record, in: &work, at: now)
    }

    /// Stores a new password, ends everything that the old one opened, and issues one new session.
    func replacePassword(
        with hash: StoredHash, for record: inout AccountRecord, proof: SessionProof, in work: inout WorkingSet,
        at now: Timestamp
    ) throws(StoreError) -> SignedIn {
        try store(hash, for: &record, in: &work, at: now)
        let token = BearerToken(issuingIn: work.partition, random: environment.random)
        return try SessionRules.issue(token, to: record.account, proof: proof, in: &work, at: now)
    }
}
