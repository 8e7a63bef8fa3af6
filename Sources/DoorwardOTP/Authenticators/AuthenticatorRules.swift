// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// The rules for authenticators, as changes of a working set.
package struct AuthenticatorRules: Sendable {
    private let keys: KeyRing

    package init(keys: KeyRing) { self.keys = keys }

    package static func key(in partition: Partition) -> RecordKey {
        RecordKey(.authenticators, in: partition, id: .only)
    }

    /// The authenticators, or none yet; `corrupt` if they are somebody else's.
    package static func owned(by account: AccountID, in work: WorkingSet) throws(StoreError) -> AuthenticatorsRecord {
        let record = try work.load(AuthenticatorsRecord.self) ?? AuthenticatorsRecord(account: account)
        guard record.account == account else { throw StoreError(.corrupt, "authenticators of another account") }
        return record
    }

    /// A pending authenticator with a fresh secret. One that is pending already stays, if it is still good.
    package func begin(
        _ settings: AuthenticatorSettings, for account: AccountID, generation: UInt64, issuer: String,
        accountName: String, random: any RandomSource, in work: inout WorkingSet, at now: Timestamp
    ) throws(StoreError) -> Result<Enrollment, EnrollmentRefusal> {
        let secret = SharedSecret.generate(for: settings.algorithm, random: random)
        let id = AuthenticatorID(from: random)
        guard settings.label.isPlainLabel,
            let uri = ProvisioningURI(
                type: settings.type, secret: secret, account: accountName, issuer: issuer,
                algorithm: settings.algorithm, digits: settings.digits)
        else { return .failure(.badSettings) }
        var record = try Self.owned(by: account, in: work)
        record.entries.removeAll { !$0.isActive && $0.generation != generation }
        // What was never confirmed gives way; what is in use does not.
        if record.entries.count >= AuthenticatorsRecord.limit,
            let oldest = record.entries.firstIndex(where: { !$0.isActive })
        {
            record.entries.remove(at: oldest)
        }
        guard record.entries.count < AuthenticatorsRecord.limit else { return .failure(.tooMany) }
        var (period, initial): (Int?, UInt64) = (nil, 0)
        switch settings.type {
        case .totp(let seconds): period = seconds
        case .hotp(let counter): initial = counter
        }
        let entry = AuthenticatorsRecord.Entry(
            id: id, label: settings.label, algorithm: settings.algorithm, digits: settings.digits, period: period,
            initial: initial, last: nil,
            sealedSecret: try keys.seal(
                secret.bytes, boundTo: Self.place(id, account, in: work.partition), random: random),
            isActive: false, generation: generation, createdAt: now)
        record.entries.append(entry)
        work.put(record)
        return .success(Enrollment(authenticator: entry.facts(), secret: secret, uri: uri))
    }

    /// Makes a pending authenticator active by a code, which is spent by that; `nil` if there is no such enrolment.
    package func confirm(
        _ id: AuthenticatorID, by code: String, for account: AccountID, generation: UInt64,
        in work: inout WorkingSet, at now: Timestamp
    ) throws(StoreError) -> CodeVerification? {
        var record = try Self.owned(by: account, in: work)
        guard
            let index = record.entries.firstIndex(where: {
                $0.id == id && !$0.isActive && $0.generation == generation
            })
        else { return nil }
        let secret = try secret(of: record.entries[index], account, in: work.partition)
        let verdict = record.entries[index].verify(code, secret: secret, at: now)
        if case .accepted = verdict {
            record.entries[index].isActive = true
            work.put(record)
        }
        return verdict
    }

    /// Takes an authenticator off an account; with the last active one go the recovery codes, which stand in for it.
    ///
    /// - Returns: Whether it was active, and the last one that was; `nil` if there is no such authenticator.
    package static func remove(_ id: AuthenticatorID, of account: AccountID, in work: inout WorkingSet)
        throws(StoreError) -> (wasActive: Bool, wasLast: Bool)?
    {
        var record = try owned(by: account, in: work)
        guard let index = record.entries.firstIndex(where: { $0.id == id }) else { return nil }
        let removed = record.entries.remove(at: index)
        work.put(record)
        let wasLast = removed.isActive && record.active.isEmpty
        if wasLast { work.remove(.recoveryCodes) }
        return (removed.isActive, wasLast)
    }

    /// Judges a code by all active authenticators, and spends it if one accepts.
    package func verifyAndConsume(
        _ code: String, for account: AccountID, random: any RandomSource, in work: inout WorkingSet,
        at now: Timestamp
    ) throws(StoreError) -> CodeVerification {
        try consume(for: account, random: random, in: &work) { entry, secret in
            entry.verify(code, secret: secret, at: now)
        }
    }

    /// Finds an active counter-based authenticator again by two codes that follow each other, and spends them.
    ///
    /// - Parameter id: The one that is meant; else any.
    package func resynchronize(
        _ id: AuthenticatorID?, _ first: String, _ second: String, for account: AccountID, random: any RandomSource,
        in work: inout WorkingSet
    ) throws(StoreError) -> CodeVerification {
        try consume(for: account, random: random, in: &work) { entry, secret in
            id == nil || entry.id == id ? entry.resynchronize(first, second, secret: secret) : .rejected(.wrong)
        }
    }

    private func consume(
        for account: AccountID, random: any RandomSource, in work: inout WorkingSet,
        by verify: (inout AuthenticatorsRecord.Entry, SharedSecret) -> CodeVerification
    ) throws(StoreError) -> CodeVerification {
        var record = try Self.owned(by: account, in: work)
        var rejection = CodeRejection.wrong
        for index in record.entries.indices where record.entries[index].isActive {
            let secret = try secret(of: record.entries[index], account, in: work.partition)
            switch verify(&record.entries[index], secret) {
            case .accepted(let counter):
                // Another one that is damaged is no reason to refuse this one's code.
                _ = try? renew(&record, in: work.partition, random: random)
                work.put(record)
                return .accepted(counter: counter)
            case .rejected(let reason):
                if reason != .wrong { rejection = reason }
            }
        }
        return .rejected(rejection)
    }

    /// Seals the secrets under the active key that are under another.
    ///
    /// - Returns: Whether there were any.
    package func renew(random: any RandomSource, in work: inout WorkingSet) throws(StoreError) -> Bool {
        guard var record = try work.load(AuthenticatorsRecord.self),
            try renew(&record, in: work.partition, random: random)
        else { return false }
        work.put(record)
        return true
    }

    private func renew(_ record: inout AuthenticatorsRecord, in partition: Partition, random: any RandomSource)
        throws(StoreError) -> Bool
    {
        var isRenewed = false
        for index in record.entries.indices {
            let entry = record.entries[index]
            let place = Self.place(entry.id, record.account, in: partition)
            guard let sealed = try keys.resealed(entry.sealedSecret, boundTo: place, random: random) else { continue }
            record.entries[index].sealedSecret = sealed
            isRenewed = true
        }
        return isRenewed
    }

    private func secret(of entry: AuthenticatorsRecord.Entry, _ account: AccountID, in partition: Partition)
        throws(StoreError) -> SharedSecret
    {
        let bytes = try keys.open(entry.sealedSecret, boundTo: Self.place(entry.id, account, in: partition))
        guard let secret = SharedSecret(bytes: bytes) else {
            throw StoreError(.corrupt, "a sealed secret has an impossible length")
        }
        return secret
    }

    /// Where a sealed secret is good: its record, its account and its own id.
    private static func place(_ id: AuthenticatorID, _ account: AccountID, in partition: Partition) -> [[UInt8]] {
        [bigEndianBytes(UInt64(RecordKind.authenticators.code)), partition.bytes, account.bytes, id.bytes]
    }
}
