// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// Reads what was recorded.
public struct AuditReader: Sendable {
    let environment: AuthEnvironment

    public init(_ environment: AuthEnvironment) { self.environment = environment }

    /// The latest events of all chains, oldest first, by their time. It shows what is there; ``verify(against:)`` judges it.
    public func tail(_ count: Int) async throws(StoreError) -> [AuditedEvent] {
        guard count > 0 else { return [] }
        var events: [AuditedEvent] = []
        for chain in try await chains()?.chains ?? [] {
            guard let end = try await readableHead(of: chain)?.count else { continue }
            var next = max(0, end - count)
            while next < end, let page = try await page(of: chain, from: next) {
                let begun = next
                // What is behind the end, or between two numbers, is not the chain's.
                for (number, entry) in page where (next..<end).contains(number) {
                    next = number + 1
                    if let entry { events.append(AuditedEvent(chain: chain, number: number, event: entry.event)) }
                }
                guard next > begun else { break }
            }
            events.sort { ($0.event.at, $0.chain.name, $0.number) < ($1.event.at, $1.chain.name, $1.number) }
            events = events.suffix(count)
        }
        return events
    }

    /// Where all chains end now, to be kept elsewhere.
    ///
    /// - Throws: `corrupt` where one has lost its end: what could not be verified is not to be signed.
    public func heads() async throws(StoreError) -> AuditHeads {
        var heads: [AuditHeads.Head] = []
        let chains = try await chains()
        guard chains?.isAuthentic(environment) ?? true else {
            throw StoreError(.corrupt, "the list of audit chains is not what was left")
        }
        for chain in chains?.chains ?? [] {
            guard let head = try await head(of: chain), head.isAuthentic(for: chain, environment) else {
                throw StoreError(.corrupt, "the head of the audit chain \(chain) is not what was left")
            }
            heads.append(AuditHeads.Head(chain: chain, count: head.count, last: head.last))
        }
        return AuditHeads(heads, at: environment.clock.now(), environment)
    }

    /// `nil` where nothing was ever recorded.
    func chains() async throws(StoreError) -> AuditChains? {
        let partition = AuditChains.partition(environment)
        return try await environment.read([RecordKey(.auditChains, in: partition, id: .only)], in: partition)
            .load(AuditChains.self)
    }

    func head(of chain: AuditChain) async throws(StoreError) -> AuditHead? {
        let key = AuditHead.key(chain, environment)
        return try await environment.read([key], in: key.partition).load(AuditHead.self)
    }

    /// `nil` for one that is gone, damaged or not ours.
    func readableHead(of chain: AuditChain) async throws(StoreError) -> AuditHead? {
        do throws(StoreError) {
            let head = try await head(of: chain)
            return head.flatMap { $0.isAuthentic(for: chain, environment) ? $0 : nil }
        } catch {
            guard error.code == .corrupt else { throw error }
            return nil
        }
    }

    /// Some records from a number on, in order; without an entry where it cannot be read; `nil` behind the last. One whose
    /// id is no number has the highest.
    func page(of chain: AuditChain, from number: Int) async throws(StoreError) -> [(number: Int, entry: AuditEntry?)]? {
        let page = try await environment.store.list(
            .auditEntries, in: chain.partition(environment), after: number > 0 ? AuditEntry.id(number - 1) : nil,
            limit: 500, at: environment.clock.now())
        guard !page.isEmpty else { return nil }
        return page.map { record in
            let id = record.key.id.bytes
            let number = id.reduce(into: UInt64(0)) { $0 = $0 << 8 | UInt64($1) }
            return (id.count == 8 ? Int(clamping: number) : .max, try? AuditEntry(stored: record.value))
        }
    }
}
