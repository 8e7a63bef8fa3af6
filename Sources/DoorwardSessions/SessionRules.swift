// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// The rules for sessions, as changes of a working set. Whatever issues requires the account unchanged.
package enum SessionRules {
    /// The records that issuing and revoking look at.
    package static func keys(in partition: Partition) -> [RecordKey] {
        [
            RecordKey(.accounts, in: partition, id: .only), RecordKey(.seats, in: partition, id: .only),
        ]
    }

    /// A new session under a new token.
    package static func issue(
        _ token: BearerToken, to account: AccountID, proof: SessionProof, in work: inout WorkingSet, at now: Timestamp
    ) throws(StoreError) -> SignedIn {
        try place(
            SessionRecord(account: account, level: proof.level, proof: proof, createdAt: now), under: token,
            in: &work, at: now)
    }

    /// The same session under a new token; the old one dies in the same commit. Freshness and ends carry on.
    package static func regenerate(
        _ old: SessionRecord, _ id: SessionID, under token: BearerToken, in work: inout WorkingSet, at now: Timestamp
    ) throws(StoreError) -> SignedIn {
        try end(id, of: old.account, in: &work, at: now)
        var record = old
        record.lastSeenAt = now
        return try place(record, under: token, in: &work, at: now)
    }

    /// Ends one session. Its record must be as it was read, if it was read.
    package static func end(_ id: SessionID, of account: AccountID, in work: inout WorkingSet, at now: Timestamp)
        throws(StoreError)
    {
        try Seats.clear(of: account, in: &work, at: now) { $0.kind == .sessions && $0.id == id.record }
        // Without a seat (it may have been evicted meanwhile) the record is removed all the same.
        work.removeAny(.sessions, id.record)
    }

    /// A pending sign-in under a new token.
    package static func suspend(
        _ pending: PendingSignInRecord, under token: BearerToken, in work: inout WorkingSet, at now: Timestamp
    ) throws(StoreError) -> PendingSignInToken {
        work.require(.accounts)
        let expiresAt = pending.expiresAt(now)
        try Seats.take(
            .pendingSignIns, token.recordID, until: expiresAt, for: pending.account, in: &work, at: now)
        work.put(pending, token.recordID, expiresAt: expiresAt)
        return PendingSignInToken(bearer: token)
    }

    /// Ends one pending sign-in.
    package static func end(pending id: RecordID, of account: AccountID, in work: inout WorkingSet, at now: Timestamp)
        throws(StoreError)
    {
        try Seats.clear(of: account, in: &work, at: now) { $0.kind == .pendingSignIns && $0.id == id }
        work.remove(.pendingSignIns, id)
    }

    /// What somebody who shows all factors now may do for five minutes; `nil` if the proof is too old.
    ///
    /// - Parameter needsCode: Whether the account has an active authenticator.
    package static func freshness(
        of record: SessionRecord, _ id: SessionID, needsCode: Bool, partition: Partition, at now: Timestamp
    ) -> FreshAuthentication? {
        func end(_ shown: Timestamp?) -> Timestamp? {
            // Ahead by more than clocks may differ, it is no proof of anything recent; within that, it is one of now.
            guard let shown, shown.isCredible(at: now) else { return nil }
            let end = min(shown, now).advanced(by: FreshAuthentication.lifetime)
            return now < end ? end : nil
        }
        guard let passwordEnd = end(record.passwordAt) else { return nil }
        guard needsCode else {
            return FreshAuthentication(
                account: record.account, session: id, level: record.level, expiresAt: passwordEnd, partition: partition)
        }
        guard let codeEnd = end(record.codeAt) else { return nil }
        return FreshAuthentication(
            account: record.account, session: id, level: record.level, expiresAt: min(passwordEnd, codeEnd),
            partition: partition)
    }

    private static func place(
        _ record: SessionRecord, under token: BearerToken, in work: inout WorkingSet, at now: Timestamp
    ) throws(StoreError) -> SignedIn {
        let id = SessionID(token.recordID)
        guard let session = record.session(id, at: now) else {
            throw StoreError(.misuse, "a session that is over cannot be issued")
        }
        work.require(.accounts)
        try Seats.take(.sessions, token.recordID, until: record.expiresAt, for: record.account, in: &work, at: now)
        work.put(record, token.recordID, expiresAt: record.storeExpiry)
        return SignedIn(token: SessionToken(bearer: token), session: session)
    }
}
