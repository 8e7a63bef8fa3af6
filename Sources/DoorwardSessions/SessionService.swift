// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// Sessions for a service that does its sign-ins by other means: issue, check, regenerate, list, revoke.
///
/// Services that use `Gatekeeper` have this through it. Whoever calls ``issue(to:methods:)`` vouches for the person.
public struct SessionService: Sendable {
    private let environment: AuthEnvironment

    public init(_ environment: AuthEnvironment) { self.environment = environment }

    package func partition(of account: AccountID) -> Partition { environment.partition(of: account) }

    /// A new session. The account's record is made with the first one.
    ///
    /// - Returns: `nil` if the account is disabled.
    public func issue(to account: AccountID, methods: [AuthenticationMethod]) async throws(StoreError) -> SignedIn? {
        let partition = partition(of: account)
        let token = BearerToken(issuingIn: partition, random: environment.random)
        return try await environment.transact(in: partition, reading: SessionRules.keys(in: partition)) {
            work, now throws(StoreError) in
            let record = try work.load(AccountRecord.self)
            guard record?.isDisabled != true else { return nil }
            if record == nil { work.put(AccountRecord(account: account, name: nil, createdAt: now)) }
            var proof = SessionProof(methods: [])
            for method in methods { proof = proof.adding(method, at: now) }
            return try SessionRules.issue(token, to: account, proof: proof, in: &work, at: now)
        }
    }

    /// The session of a token, if it is live: one read.
    ///
    /// A session that ended on any node is dead here at the next check. Last-seen is written when it is a minute old;
    /// that write never changes the answer, and never brings back a session that ended meanwhile.
    public func check(_ token: SessionToken) async throws(StoreError) -> Session? {
        let (key, now) = (Self.key(token.bearer), environment.clock.now())
        guard let stored = try await environment.store.read(key, at: now),
            let record = try record(in: stored, under: key), let session = record.session(SessionID(key.id), at: now)
        else { return nil }
        guard now.since(record.lastSeenAt) > SessionPolicy.touchInterval else { return session }
        var touched = record
        touched.lastSeenAt = now
        // No retry: a conflict means that the session ended or that somebody else was here.
        _ = try? await environment.store.commit(
            CommitID(from: environment.random),
            [.replace(key, at: stored.version, value: touched.encoded(), expiresAt: touched.storeExpiry)],
            at: now)
        return touched.session(SessionID(key.id), at: now) ?? session
    }

    /// A new token for the session; the old one is dead in the same commit. `nil` if the session is over.
    public func regenerate(_ token: SessionToken) async throws(StoreError) -> SignedIn? {
        let bearer = token.bearer
        let next = BearerToken(issuingIn: bearer.partition, random: environment.random)
        let keys = SessionRules.keys(in: bearer.partition) + [Self.key(bearer)]
        return try await environment.transact(in: bearer.partition, reading: keys) { work, now throws(StoreError) in
            let id = SessionID(bearer.recordID)
            guard let old = try work.load(SessionRecord.self, bearer.recordID), old.session(id, at: now) != nil
            else { return nil }
            let signedIn = try SessionRules.regenerate(old, id, under: next, in: &work, at: now)
            work.remove(.sessions, bearer.recordID)  // in the version that was read, so that one of two wins
            return signedIn
        }
    }

    /// Ends the session of a token. Ending one that is over already succeeds.
    ///
    /// - Returns: Whose it was; `nil` if there was none.
    @discardableResult
    public func revoke(_ token: SessionToken) async throws(StoreError) -> AccountID? {
        guard let record = try await load(token, at: environment.clock.now()) else { return nil }
        let partition = token.bearer.partition
        try await environment.transact(in: partition, reading: SessionRules.keys(in: partition)) {
            work, now throws(StoreError) in
            try SessionRules.end(SessionID(token.bearer.recordID), of: record.account, in: &work, at: now)
        }
        return record.account
    }

    /// The live sessions of an account, oldest first.
    public func list(of account: AccountID) async throws(StoreError) -> [Session] {
        let partition = partition(of: account)
        let work = try await environment.read(SessionRules.keys(in: partition), in: partition)
        let now = environment.clock.now()
        let ids = try Seats.owned(by: account, in: work).seats.filter { $0.kind == .sessions }.map(\.id)
        guard !ids.isEmpty else { return [] }
        let records = try await environment.read(ids.map { RecordKey(.sessions, in: partition, id: $0) }, in: partition)
        var sessions: [Session] = []
        for id in ids {
            guard let record = try records.load(SessionRecord.self, id), record.account == account,
                let session = record.session(SessionID(id), at: now)
            else { continue }
            sessions.append(session)
        }
        return sessions.sorted { $0.createdAt < $1.createdAt }
    }

    /// Ends chosen sessions of an account, and only of that account.
    ///
    /// - Returns: Those that ended.
    @discardableResult
    public func revoke(
        of account: AccountID, keeping kept: SessionID? = nil,
        where isChosen: @Sendable (SessionID) -> Bool = { _ in true }
    ) async throws(StoreError) -> [SessionID] {
        try await revoke(of: account, keeping: kept, where: isChosen, alsoReading: []) { _ throws(StoreError) in }
    }

    /// - Parameter beside: What else ends in the commit.
    package func revoke(
        of account: AccountID, keeping kept: SessionID? = nil,
        where isChosen: @Sendable (SessionID) -> Bool = { _ in true }, alsoReading more: [RecordKind],
        beside: (inout WorkingSet) throws(StoreError) -> Void
    ) async throws(StoreError) -> [SessionID] {
        let partition = partition(of: account)
        let keys = SessionRules.keys(in: partition) + more.map { RecordKey($0, in: partition, id: .only) }
        return try await environment.transact(in: partition, reading: keys) { work, now throws(StoreError) in
            try beside(&work)
            let ended = try Seats.clear(of: account, in: &work, at: now) {
                $0.kind == .sessions && SessionID($0.id) != kept && isChosen(SessionID($0.id))
            }
            return ended.map { SessionID($0.id) }
        }
    }

    package func load(_ token: SessionToken, at now: Timestamp) async throws(StoreError) -> SessionRecord? {
        let key = Self.key(token.bearer)
        guard let stored = try await environment.store.read(key, at: now) else { return nil }
        return try record(in: stored, under: key)
    }

    /// Partitions are placement: the record must belong to whom the token's partition does.
    private func record(in stored: StoredRecord, under key: RecordKey) throws(StoreError) -> SessionRecord? {
        guard stored.key == key else { throw .mixedUp(isChange: false) }
        let record = try SessionRecord(stored: stored.value)
        return partition(of: record.account) == key.partition ? record : nil
    }

    private static func key(_ bearer: BearerToken) -> RecordKey {
        RecordKey(.sessions, in: bearer.partition, id: bearer.recordID)
    }
}
