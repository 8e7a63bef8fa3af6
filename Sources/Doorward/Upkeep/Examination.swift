// SPDX-License-Identifier: Apache-2.0

import DoorwardAudit
public import DoorwardCore
import DoorwardLockout
import DoorwardOTP
import DoorwardPasswords
import DoorwardSessions

extension Gatekeeper {
    /// Looks for what is wrong with a deployment: how the service is configured, how its store is kept, and what is in it.
    /// It reads every record and changes nothing.
    ///
    /// - Parameter progress: Told how many records have been looked at.
    /// - Returns: Problems and advice, each sort of thing once.
    public func examine(progress: (Int) -> Void = { _ in }) async throws(GatekeeperError) -> [Finding] {
        try await flow {
            var findings = findingsOfConfiguration()
            if let store = environment.store as? any ExaminableStore { findings += try await store.examine() }
            findings += try await findingsOfRecords(progress: progress)
            findings += try await findingsOfAudit()
            return findings
        }
    }

    private func findingsOfConfiguration() -> [Finding] {
        let pool = hasher.pool.configuration
        let memory = HostLimits.current.memory
        var findings: [Finding] = []
        if !configuration.argon2.meetsFloor {
            findings.append(
                Finding(
                    .problem, "hashing.weak", "New hashes cost less than OWASP's floor: see \"doorward calibrate\"."))
        }
        if configuration.argon2.memoryBytes > pool.memoryBudget {
            findings.append(
                Finding(
                    .problem, "hashing.tooCostly",
                    "One hash needs more memory than hashing may use: nobody can sign in."))
        }
        if pool.memoryBudget > memory / 2 {
            findings.append(
                Finding(
                    .problem, "hashing.memory",
                    "Hashing may use \(pool.memoryBudget >> 20) of \(memory >> 20) MiB: a storm of sign-ins may end the process."
                ))
        }
        if configuration.breachedPasswords == nil {
            findings.append(
                Finding(
                    .advice, "passwords.noBreachList",
                    "New passwords are not looked up in a list of breached ones: see \"doorward breached build\"."))
        }
        return findings
    }

    private func findingsOfAudit() async throws -> [Finding] {
        let verdict = try await auditReader.verify()
        var findings = verdict.faults.map { Finding(.problem, "audit.broken", "The audit log is not whole: \($0).") }
        if verdict.chains == 0, findings.isEmpty {
            findings.append(
                Finding(.advice, "audit.none", "No events are recorded in the store: give the service an audit chain."))
        }
        if verdict.chains > AuditChain.limit / 4 * 3 {
            findings.append(
                Finding(
                    .problem, "audit.chains",
                    "There are \(verdict.chains) audit chains of at most \(AuditChain.limit): give processes names that they keep."
                ))
        }
        return findings
    }

    private func findingsOfRecords(progress: (Int) -> Void) async throws -> [Finding] {
        var tally = RecordTally(now: environment.clock.now())
        let ring = environment.keys.set
        try await environment.walk(progress: progress) { stored in
            tally.count(stored)
            do throws(StoreError) {
                for need in try Self.needs(of: stored) where !ring.keys.contains(where: { $0.id == need.key }) {
                    tally.counts[.missingKey, default: 0] += 1
                }
                switch stored.key.kind {
                case .passwords:
                    let record = try PasswordRecord(stored: stored.value)
                    tally.count(record.hash)
                    for former in record.previous { tally.count(former: former) }
                case .names:
                    let holder = try NameRecord(stored: stored.value).account
                    let target = attempted(holder)
                    let record = try await environment.read(
                        [RecordKey(.accounts, in: target.partition, id: .only)], in: target.partition
                    ).load(AccountRecord.self)
                    let bearsIt = record?.name.map { nameKey($0) == stored.key } ?? false
                    if !bearsIt || record?.account != holder { tally.counts[.orphanedName, default: 0] += 1 }
                case .accounts:
                    let record = try AccountRecord(stored: stored.value)
                    tally.count(time: record.createdAt)
                    guard configuration.directory == nil, let name = record.name else { break }
                    let key = nameKey(name)
                    let holder = try await environment.read([key], in: key.partition).load(NameRecord.self)?.account
                    if holder != record.account { tally.counts[.unreachableAccount, default: 0] += 1 }
                case .sessions: tally.count(time: try SessionRecord(stored: stored.value).createdAt)
                case .seats: _ = try SeatsRecord(stored: stored.value)
                case .pendingSignIns: _ = try PendingSignInRecord(stored: stored.value)
                case .attempts: _ = try AttemptLedger(stored: stored.value)
                case .devices: _ = try DevicesRecord(stored: stored.value)
                case .deliveries: _ = try DeliveriesRecord(stored: stored.value)
                default: break
                }
            } catch {
                guard error.code == .corrupt else { throw error }
                tally.counts[.damagedRecord, default: 0] += 1
            }
        }
        return tally.findings
    }
}

/// What is strange about the records of a store, counted.
private struct RecordTally {
    enum Strange: CaseIterable {
        case damagedRecord, missingKey, weakPassword, oldPassword, oldFormerPassword, orphanedName, unreachableAccount,
            future, expired
    }

    let now: Timestamp
    var counts: [Strange: Int] = [:]

    init(now: Timestamp) { self.now = now }

    mutating func count(_ stored: StoredRecord) {
        guard let end = stored.expiresAt, end.advanced(by: .seconds(86_400)) < now else { return }
        counts[.expired, default: 0] += 1
    }

    mutating func count(time: Timestamp) {
        if !time.isCredible(at: now) { counts[.future, default: 0] += 1 }
    }

    mutating func count(_ hash: StoredHash) {
        switch hash {
        case .own(let hash):
            if hash.variant != .id || !hash.parameters.meetsFloor { counts[.weakPassword, default: 0] += 1 }
        case .wrapped(_, let hash): if !hash.parameters.meetsFloor { counts[.weakPassword, default: 0] += 1 }
        case .old: counts[.oldPassword, default: 0] += 1
        }
    }

    mutating func count(former hash: StoredHash) {
        if case .old = hash { counts[.oldFormerPassword, default: 0] += 1 }
    }

    var findings: [Finding] {
        Strange.allCases.compactMap { strange in
            guard let count = counts[strange] else { return nil }
            return finding(strange, count)
        }
    }

    private func finding(_ strange: Strange, _ count: Int) -> Finding? {
        switch strange {
        case .damagedRecord:
            Finding(
                .problem, "records.damaged",
                "\(count) records are not what Doorward writes: damaged, or written by somebody else, perhaps in the clear."
            )
        case .missingKey:
            Finding(
                .problem, "keys.missing",
                "\(count) things are sealed under keys that the ring lacks: find an older copy of it.")
        case .weakPassword:
            Finding(
                .problem, "passwords.weak",
                "\(count) passwords are hashed at less than OWASP's floor, until their owners sign in.")
        case .oldPassword:
            Finding(
                .problem, "passwords.old",
                "\(count) passwords are kept as another system hashed them: run \"doorward admin wrap\".")
        case .oldFormerPassword:
            Finding(
                .advice, "passwords.oldFormer",
                "\(count) former passwords are kept as another system hashed them: \"doorward keys renew\" forgets those under old keys, a shorter history the rest."
            )
        case .orphanedName:
            Finding(
                .problem, "names.orphaned",
                "\(count) names belong to no account: nobody can have them or sign in by them.")
        case .unreachableAccount:
            Finding(
                .advice, "accounts.unreachable",
                "\(count) accounts cannot be found by their name: their making was cut short, or is under way.")
        case .future:
            Finding(
                .problem, "clock.ahead",
                "\(count) accounts or sessions were made in the future: a clock was ahead, or this one is behind.")
        case .expired:
            // Up to a few, between two turns of whoever purges.
            count > 100
                ? Finding(
                    .problem, "records.expired",
                    "\(count) records expired more than a day ago: Gatekeeper.run() in the service purges them, or \"doorward admin purge\"."
                )
                : nil
        }
    }
}
