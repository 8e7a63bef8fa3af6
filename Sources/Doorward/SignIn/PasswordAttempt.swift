// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardLockout
import DoorwardPasswords

/// What a password attempt came to.
enum PasswordVerdict<R: Sendable>: Sendable {
    /// Right, and committed with what was decided then; `afterMany` if as many failures as start a lock came before.
    case right(R, verified: StoredHash, afterMany: Bool)
    case wrong(Denial)
}

extension Gatekeeper {
    /// Verifies a password within the attempt budget: reserve, one hash, one commit.
    ///
    /// *Exact:* an attempt counts from its reservation, by a conditional commit; a verdict leaves only after the commit
    /// that counts it. *Uniform:* the same store calls and the same hash whoever is attempted; while a lock stands, no
    /// hash for anybody. A reservation whose process dies becomes a failure at its deadline.
    ///
    /// Specification: NIST SP 800-63B-4 § 3.2.2; ASVS V6.3.1, V6.3.8.
    ///
    /// - Parameters:
    ///   - device: What the browser holds. One that the account knows has a budget to itself.
    ///   - extraKeys: More records that the decision looks at.
    ///   - decide: Called if the password is right, with the ledger settled, to add what else belongs into the commit.
    ///     May be called again on fresher records.
    func attempt<R: Sendable>(
        _ password: Password, on target: Attempted, by device: DeviceToken? = nil, source: ClientSource,
        alsoReading extraKeys: [RecordKey] = [],
        decide: (inout WorkingSet, AccountRecord, Timestamp) throws(StoreError) -> R
    ) async throws -> PasswordVerdict<R> {
        let keys = target.keys + extraKeys
        let first = try await environment.read(keys, in: target.partition)
        let now = environment.clock.now()
        let lane = try known(device, of: target.account, in: first, at: now)
        let settled = try ledger(.password, of: target.account, by: lane, in: first, at: now)
        if let rest = settled.lock(at: now) {
            if settled.wasCut { try await repair(target, keys: keys) }
            report(.loginLocked, target.account, reason: .locked)
            return .wrong(Denial(retryAfter: rest))
        }
        // The place comes first: whoever finds the queue full has spent nothing of the budget.
        let place = try hasher.pool.admit(source: source.bytes)
        defer { place.release() }
        let nonce = environment.random.bytes(8)
        let (admission, state) = try await reserve(
            nonce, on: target, by: device, keys: keys, startingFrom: first, until: place.deadline)
        guard case .reserved(let mayVerify) = admission else {
            guard case .locked(let rest) = admission else {
                guard !Task.isCancelled else { throw GatekeeperError(.cancelled, "the caller was cancelled") }
                throw GatekeeperError(.overloaded, "too many sign-ins to one account at once")
            }
            report(.loginLocked, target.account, reason: .locked)
            return .wrong(Denial(retryAfter: rest))
        }
        let line = WaitingRoom.Place(partition: target.partition, device: lane)
        defer { waiting.wake(line) }

        // Where there is no password, or none is verified any more, as much is hashed all the same.
        let isKnown = try target.record(in: state, at: now) != nil
        let found = try target.password(in: state, at: now)
        let stored = isKnown ? found : nil
        let dummy = dummy(for: target.account)
        let isRight: Bool
        do throws(HashingError) {
            let matches = try await hasher.verify(password, against: stored?.hash ?? dummy, in: place)
            isRight = matches && mayVerify
        } catch {
            // Never hashed: the attempt was not made.
            try await giveBack(nonce, on: target, keys: keys, startingFrom: state)
            throw error
        }

        typealias Decision = (verdict: PasswordVerdict<R>, account: AccountRecord?, usedUp: Bool)
        let decision = try await environment.transact(in: target.partition, reading: keys, startingFrom: state) {
            work, now throws(StoreError) -> Decision in
            let lane = try known(device, of: target.account, in: work, at: now)
            var ledger = try ledger(.password, of: target.account, by: lane, in: work, at: now)
            let current = try target.record(in: work, at: now)
            // What was verified must still be what counts: the same password, and not disabled. A new hash of the same
            // password, made by a parallel sign-in, changes nothing.
            let isStillSet = try target.password(in: work, at: now)?.id == stored?.id
            if isRight, isStillSet, let stored, let current, !current.isDisabled, target.entry?.isActive ?? true {
                let afterMany = ledger.followsMany
                ledger.succeed(nonce)
                put(ledger, .password, isReal: true, in: &work, at: now)
                var account = current
                if try work.load(PasswordRecord.self) == nil {
                    // What the service brought along is ours from now on.
                    account.hasHadPassword = true
                    work.put(account)
                    work.put(stored)
                }
                let result = try decide(&work, account, now)
                return (.right(result, verified: stored.hash, afterMany: afterMany), current, false)
            }
            ledger.fail(nonce, at: now)
            put(ledger, .password, isReal: current != nil, in: &work, at: now)
            return (.wrong(Denial(retryAfter: ledger.lock(at: now))), current, ledger.reachedLimit)
        }
        switch decision.verdict {
        case .right(_, _, let afterMany):
            if afterMany { report(.loginSucceededAfterFailures, target.account, reason: .password) }
        case .wrong:
            let reason: SecurityEvent.Reason =
                if let account = decision.account {
                    stored == nil
                        ? .noPassword
                        : account.isDisabled || target.entry?.isActive == false ? .accountDisabled : .wrongPassword
                } else {
                    .unknownName
                }
            report(.loginFailed, target.account, reason: reason)
            let signals = signals.failure(of: password, on: target.account, from: source, at: environment.clock.now())
            if signals.contains(.manyAccounts) { report(.manyAccounts, nil) }
            if signals.contains(.onePassword) { report(.onePassword, nil) }
            if decision.usedUp { report(.loginFailedMaximum, target.account, reason: .factorDisabled) }
        }
        return decision.verdict
    }

    /// Reserves an attempt, waiting while as many as are left are under way.
    private func reserve(
        _ nonce: [UInt8], on target: Attempted, by device: DeviceToken?, keys: [RecordKey],
        startingFrom first: WorkingSet, until deadline: Moment
    ) async throws -> (AttemptLedger.Admission, WorkingSet) {
        var start: WorkingSet? = first
        var number: UInt64?
        let line = WaitingRoom.Place(
            partition: target.partition,
            device: try known(device, of: target.account, in: first, at: environment.clock.now()))
        defer { if number != nil { waiting.leave(line) } }
        while true {
            let ticket = waiting.ticket(line)
            let (admission, state) = try await environment.transactReturningState(
                in: target.partition, reading: keys, startingFrom: start
            ) { work, now throws(StoreError) in
                let lane = try known(device, of: target.account, in: work, at: now)
                var ledger = try ledger(.password, of: target.account, by: lane, in: work, at: now)
                let isReal = try target.record(in: work, at: now) != nil
                let admission = ledger.reserve(
                    nonce, deadline: now.advanced(by: longestReservation), at: now, isReal: isReal)
                let isReserved = if case .reserved = admission { true } else { false }
                if isReserved || ledger.wasCut { put(ledger, .password, isReal: isReal, in: &work, at: now) }
                return admission
            }
            guard admission == .full else { return (admission, state) }
            guard Moment.now < deadline, !Task.isCancelled else { return (.full, state) }
            start = nil
            guard let place = number else {
                number = waiting.enter(line)
                guard number != nil else { return (.full, state) }
                continue  // Look once more: from now on no wake is missed.
            }
            await waiting.wait(for: line, number: place, since: ticket, until: deadline)
        }
    }

    /// Stores a lock that was cut to its maximum, so that it ends.
    private func repair(_ target: Attempted, keys: [RecordKey]) async throws(StoreError) {
        try await environment.transact(in: target.partition, reading: keys) { work, now throws(StoreError) in
            let ledger = try ledger(.password, of: target.account, in: work, at: now)
            guard ledger.wasCut else { return }
            put(ledger, .password, isReal: try target.record(in: work, at: now) != nil, in: &work, at: now)
        }
    }

    private func giveBack(_ nonce: [UInt8], on target: Attempted, keys: [RecordKey], startingFrom state: WorkingSet)
        async throws(StoreError)
    {
        try await environment.transact(in: target.partition, reading: keys, startingFrom: state) {
            work, now throws(StoreError) in
            var ledger = try ledger(.password, of: target.account, in: work, at: now)
            ledger.giveBack(nonce)
            put(ledger, .password, isReal: try target.record(in: work, at: now) != nil, in: &work, at: now)
        }
    }

}

extension ClientSource {
    /// Whom a place in the queue is counted on.
    var bytes: [UInt8]? {
        if case .address(let address) = self { address.networks[0].prefix } else { nil }
    }
}
