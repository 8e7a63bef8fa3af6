// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import DoorwardLockout
import DoorwardOTP
import DoorwardPasswords
import DoorwardSessions

/// An account as an administrator sees it.
public struct AccountStatus: Hashable, Sendable {
    public struct Factor: Hashable, Sendable {
        /// `password`, `otp`, `recovery` or `delivered`.
        public let name: String
        /// Failures since the last success or quiet day.
        public let failures: Int
        /// How long nothing is looked at any more, if so, by whichever device.
        public let retryAfter: Duration?
        /// Whether a hundred consecutive failures have disabled the factor until it is bound anew.
        public let isDisabled: Bool
    }

    public let account: AccountID
    public let name: String
    public let isDisabled: Bool
    public let factors: [Factor]

    /// Until the last lock ends, if any factor is locked.
    public var retryAfter: Duration? { factors.compactMap(\.retryAfter).max() }
}

/// What an administrator may do. Whoever can call these administers; ask who calls before.
extension Gatekeeper {
    /// The state of an account; `nil` if nobody has that name.
    public func status(of name: String) async throws(GatekeeperError) -> AccountStatus? {
        try await administer(name) { _, _, _ in }
    }

    /// Takes all locks off an account and counts as binding its factors anew: streaks begin at zero.
    public func unlock(_ name: String) async throws(GatekeeperError) -> AccountStatus? {
        try await administer(name, event: .unlocked) { work, record, now throws(StoreError) in
            // What is being verified right now stays counted.
            for factor in AttemptFactor.allCases where try work.load(AttemptLedger.self, factor.recordID) != nil {
                var ledger = try ledger(factor, of: record.account, in: work, at: now)
                ledger.clear()
                put(ledger, factor, isReal: true, in: &work, at: now)
            }
        }
    }

    /// Disables an account: nobody can sign in to it, and all it has open ends in the same commit. (ASVS V7.4.2)
    public func disable(_ name: String) async throws(GatekeeperError) -> AccountStatus? {
        try await flow { try await disable(resolve(name)) }
    }

    /// Disables an account by its id: also one that the service's own table does not name any more.
    public func disable(_ account: AccountID) async throws(GatekeeperError) -> AccountStatus? {
        try await disable(attempted(account))
    }

    private func disable(_ target: Attempted) async throws(GatekeeperError) -> AccountStatus? {
        try await administer(target, event: .disabled) { work, record, now throws(StoreError) in
            record.isDisabled = true
            try endEverythingOpen(&record, forgettingDevices: true, in: &work, at: now)
        }
    }

    /// Enables an account again, unless its owner closed it. What ended when it was disabled stays ended.
    public func enable(_ name: String) async throws(GatekeeperError) -> AccountStatus? {
        try await administer(name, event: .enabled) { work, record, _ in
            guard record.isDisabled, !record.isClosed else { return }
            record.isDisabled = false
            record.raiseGeneration()
            work.put(record)
        }
    }

    /// The next sign-in must set a new password before it is granted: for a password that became known.
    /// (ASVS V6.2.10; NIST SP 800-63B-4 § 3.1.1.2)
    public func requirePasswordChange(_ name: String) async throws(GatekeeperError) -> AccountStatus? {
        try await administer(name, event: .passwordChangeRequired) { work, record, now throws(StoreError) in
            record.mustChangePassword = true
            try endEverythingOpen(&record, in: &work, at: now)
        }
    }

    /// Ends every session and pending sign-in of every account, and all recovery codes: part of restoring a backup,
    /// which would otherwise bring spent codes and dead sessions back.
    ///
    /// - Returns: How many sessions ended.
    /// - Throws: After all others were done, if a record is damaged. What ended stays ended.
    public func revokeEverything() async throws(GatekeeperError) -> Int {
        try await flow {
            var revoked = 0
            defer { report(.sessionEnded, nil, reason: .everythingRevoked) }
            try await environment.walk { revoked += try await revoke($0) }
            return revoked
        }
    }

    /// Ends what a record stands for; returns how many sessions that were.
    private func revoke(_ stored: StoredRecord) async throws(StoreError) -> Int {
        switch stored.key.kind {
        case .accounts:
            let account = try AccountRecord(stored: stored.value).account
            let target = attempted(account)
            return try await environment.transact(in: target.partition, reading: target.keys) {
                work, now throws(StoreError) in
                guard var record = try target.record(in: work, at: now) else { return 0 }
                work.remove(.recoveryCodes)
                return try endEverythingOpen(&record, forgettingDevices: true, in: &work, at: now)
            }
        case .sessions, .pendingSignIns, .recoveryCodes, .devices:
            // Whatever its account's records say, it goes; most have gone with their account's seats.
            return try await environment.transact(in: stored.key.partition, reading: [stored.key]) { work, now in
                work.remove(stored.key.kind, stored.key.id)
                return work.writes && stored.key.kind == .sessions && !stored.isExpired(at: now) ? 1 : 0
            }
        default: return 0
        }
    }

    private func administer(
        _ name: String, event: SecurityEvent.Reason? = nil,
        change: (inout WorkingSet, inout AccountRecord, Timestamp) throws(StoreError) -> Void
    ) async throws(GatekeeperError) -> AccountStatus? {
        try await flow { try await administer(resolve(name), event: event, change: change) }
    }

    func administer(
        _ target: Attempted, event: SecurityEvent.Reason? = nil,
        change: (inout WorkingSet, inout AccountRecord, Timestamp) throws(StoreError) -> Void = { _, _, _ in }
    ) async throws(GatekeeperError) -> AccountStatus? {
        try await flow {
            let found = try await environment.transact(in: target.partition, reading: target.keys) {
                work, now throws(StoreError) -> AccountStatus? in
                guard var record = try target.record(in: work, at: now) else { return nil }
                try change(&work, &record, now)
                return try status(of: record, in: work, at: now)
            }
            if let event, let found { report(.userChanged, found.account, reason: event) }
            return found
        }
    }

    private func status(of record: AccountRecord, in work: WorkingSet, at now: Timestamp)
        throws(StoreError) -> AccountStatus
    {
        var factors: [AccountStatus.Factor] = []
        for factor in AttemptFactor.allCases {
            let ledger = try ledger(factor, of: record.account, in: work, at: now)
            factors.append(
                AccountStatus.Factor(
                    name: factor.rawValue, failures: ledger.failures, retryAfter: ledger.longestLock(at: now),
                    isDisabled: ledger.isDisabled))
        }
        return AccountStatus(
            account: record.account, name: record.name ?? "", isDisabled: record.isDisabled, factors: factors)
    }
}
