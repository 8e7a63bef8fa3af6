// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// What became of the audit log.
public struct AuditVerification: Hashable, Sendable {
    /// Records that are as they were written.
    public internal(set) var entries = 0
    public internal(set) var chains = 0
    /// The first thing that is not, of each chain.
    public internal(set) var faults: [AuditFault] = []

    public var isIntact: Bool { faults.isEmpty }
}

/// Something that is not as it was written.
public struct AuditFault: Hashable, Sendable, CustomStringConvertible {
    @nonexhaustive
    public enum Kind: String, Hashable, Sendable {
        /// A record was changed, or is another one.
        case changed
        case missing
        /// A record that was never part of the chain.
        case added
        /// The chain ends earlier than kept heads say, or another way.
        case cut
        /// What says where a chain ends, or which there are: gone, changed, or silent about one that is there.
        case head
        /// The kept heads are not ours.
        case keptHeads
    }

    public let kind: Kind
    public let chain: AuditChain?
    /// The first bad record.
    public let number: Int?

    public var description: String {
        let place = [chain.map { "chain \($0)" }, number.map { "record \($0)" }].compactMap { $0 }
        return ([kind.rawValue] + place).joined(separator: ", ")
    }
}

extension AuditReader {
    /// Verifies every record of every chain, and the chains against heads that were kept.
    ///
    /// While processes write, what they write meanwhile is not looked at.
    ///
    /// - Parameters:
    ///   - kept: What ``heads()`` gave before, from wherever it was kept.
    ///   - progress: Told how many records have been verified, now and then.
    public func verify(against kept: AuditHeads? = nil, progress: (Int) -> Void = { _ in })
        async throws(StoreError) -> AuditVerification
    {
        var result = AuditVerification()
        if let kept, !kept.isAuthentic(environment) {
            result.faults.append(AuditFault(kind: .keptHeads, chain: nil, number: nil))
            return result
        }
        let known: AuditChains?
        do throws(StoreError) { known = try await chains() } catch {
            guard error.code == .corrupt else { throw error }
            result.faults.append(AuditFault(kind: .head, chain: nil, number: nil))
            return result
        }
        if let known, !known.isAuthentic(environment) {
            result.faults.append(AuditFault(kind: .head, chain: nil, number: nil))
        }
        for head in kept?.heads ?? [] where known?.chains.contains(head.chain) != true {
            result.faults.append(AuditFault(kind: .cut, chain: head.chain, number: 0))
        }
        for chain in known?.chains ?? [] {
            let keptHead = kept?.heads.first { $0.chain == chain }
            let before = result.entries
            let fault = try await verify(chain, against: keptHead) { entries in
                result.entries = before + entries
                progress(result.entries)
            }
            result.chains += 1
            if let fault { result.faults.append(fault) }
        }
        if try await hasUnlisted(known?.chains ?? []) {
            result.faults.append(AuditFault(kind: .head, chain: nil, number: nil))
        }
        return result
    }

    /// Whether there is anything of a chain that the list of them does not name: who deletes the list hides them all.
    private func hasUnlisted(_ chains: [AuditChain]) async throws(StoreError) -> Bool {
        let listed = Set(chains.map { $0.partition(environment) })
        var suspects: Set<Partition> = []
        var last: RecordKey?
        while true {
            let page = try await environment.store.scan(after: last, limit: 500)
            guard let end = page.last else { break }
            last = end.key
            for record in page where [.auditEntries, .auditHeads].contains(record.key.kind) {
                if !listed.contains(record.key.partition) { suspects.insert(record.key.partition) }
            }
        }
        // One that has begun meanwhile is listed by now.
        guard !suspects.isEmpty else { return false }
        let now = Set(try await self.chains()?.chains.map { $0.partition(environment) } ?? [])
        return !suspects.isSubset(of: now)
    }

    /// The first fault of a chain.
    func verify(_ chain: AuditChain, against kept: AuditHeads.Head? = nil, progress: (Int) -> Void = { _ in })
        async throws(StoreError) -> AuditFault?
    {
        func fault(_ kind: AuditFault.Kind, _ number: Int? = nil) -> AuditFault {
            AuditFault(kind: kind, chain: chain, number: number)
        }
        let head = try await readableHead(of: chain)
        // Without a head all that is there is looked at: the first bad record is named all the same.
        let end = head?.count ?? .max
        var last = AuditEntry.beginning
        var next = 0
        while next < end, let page = try await page(of: chain, from: next) {
            for (number, entry) in page where next < end {
                guard number == next else { return fault(number > next ? .missing : .changed, next) }
                guard let entry, entry.number == next, entry.follows(last, in: chain, environment) else {
                    return fault(.changed, next)
                }
                last = entry.mac
                next += 1
                if let kept, kept.count == next, kept.last != last { return fault(.cut, next - 1) }
            }
            progress(next)
        }
        guard let head else { return fault(.head) }
        guard next == head.count else { return fault(.missing, next) }
        guard last == head.last else { return fault(.head) }
        guard next >= kept?.count ?? 0 else { return fault(.cut, next) }
        // Whoever is writing has written the head along.
        if let more = try await page(of: chain, from: next)?.last?.number,
            try await readableHead(of: chain)?.count ?? 0 <= more
        {
            return fault(.added, next)
        }
        return nil
    }
}
