// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import Synchronization

/// Records events in the store, in a chain in which nothing can be changed, removed, put in or moved unnoticed by whoever
/// has no key of the store's. (ASVS V16.4.2)
///
/// What is waiting goes into one commit, with the chain's head. Nothing resists that the whole store, or the chain as a
/// whole, is put back to an earlier state: against that, keep ``AuditReader/heads()`` elsewhere.
public final class AuditLog: Sendable {
    private struct Waiting {
        let events: [SecurityEvent]
        let reply: CheckedContinuation<StoreError?, Never>?
    }

    private struct State {
        var waiting: [Waiting] = []
        var isWriting = false
        /// The head as we left it, so that a chain of our own is not read again.
        var head: WorkingSet?
        /// How long the chain was when we wrote to it last: it never gets shorter.
        var written = 0
    }

    /// Events of one commit: with the head they fit its 64 changes.
    private static let batch = 60
    /// Requests whose events may wait; beyond, the store is behind.
    private static let longestQueue = 4096

    private let environment: AuthEnvironment
    private let chain: AuditChain
    private let state = Mutex(State())

    public init(_ environment: AuthEnvironment, chain: AuditChain) {
        self.environment = environment
        self.chain = chain
    }

    /// Records events, in their order. When it returns they are in the store.
    ///
    /// - Throws: `unavailable` when the store does not take them, or is too far behind; `corrupt` when the chain's head is
    ///   not what a process of ours left. Some may have been recorded.
    public func append(_ events: [SecurityEvent]) async throws(StoreError) {
        for part in Self.parts(events) {
            if let error = await withCheckedContinuation({ enqueue(Waiting(events: part, reply: $0)) }) { throw error }
        }
    }

    /// Records events some time soon, if the store takes them: for what nobody waits for.
    public func note(_ events: [SecurityEvent]) {
        for part in Self.parts(events) { enqueue(Waiting(events: part, reply: nil)) }
    }

    private static func parts(_ events: [SecurityEvent]) -> [[SecurityEvent]] {
        stride(from: 0, to: events.count, by: batch).map { Array(events[$0..<min($0 + batch, events.count)]) }
    }

    /// Until all that was noted is recorded, or could not be.
    public func drain() async {
        guard state.withLock({ $0.isWriting }) else { return }
        _ = await withCheckedContinuation { enqueue(Waiting(events: [], reply: $0)) }
    }

    private func enqueue(_ waiting: Waiting) {
        let (isTaken, isFirst) = state.withLock { state -> (Bool, Bool) in
            guard state.waiting.count < Self.longestQueue else { return (false, false) }
            state.waiting.append(waiting)
            defer { state.isWriting = true }
            return (true, !state.isWriting)
        }
        guard isTaken else {
            fail([waiting], StoreError(.unavailable, "the audit log is too far behind"))
            return
        }
        // A task of its own: whose request it is may be cancelled.
        if isFirst { Task.detached { await self.write() } }
    }

    /// Writes until nothing is waiting. One at a time.
    private func write() async {
        while let (waiting, head) = next() {
            guard let error = await insist(on: waiting.flatMap(\.events), startingFrom: head) else {
                for one in waiting { one.reply?.resume(returning: nil) }
                continue
            }
            // Whoever waits behind would wait as long for the same.
            let behind = state.withLock { state in
                defer { state.waiting = [] }
                return state.waiting
            }
            fail(waiting + behind, error)
        }
    }

    /// Nothing of this is recorded, or nobody knows: the sinks hear of that alone.
    private func fail(_ waiting: [Waiting], _ error: StoreError) {
        if waiting.contains(where: { !$0.events.isEmpty }) {
            environment.report(SecurityEvent(.auditUnavailable, at: environment.clock.now(), account: nil))
        }
        for one in waiting { one.reply?.resume(returning: error) }
    }

    /// Commits, and tries again twice, and until the deadline, while the store is unavailable: what is to be recorded has
    /// come to pass, and whoever it came to pass for would have to begin anew.
    ///
    /// - Returns: Why it was not possible.
    private func insist(on events: [SecurityEvent], startingFrom known: WorkingSet?) async -> StoreError? {
        let end = ContinuousClock.now.advanced(by: environment.retry.deadline)
        var known = known
        var attempt = 0
        while true {
            attempt += 1
            do throws(StoreError) {
                let head = try await commit(events, startingFrom: known)
                state.withLock { $0.head = head }
                return nil
            } catch {
                // Where nobody knows whether it was recorded, a second time may be once too often.
                guard error.code == .unavailable, attempt < 3 || ContinuousClock.now < end else { return error }
            }
            known = nil
            await environment.retry.pause(attempt)
        }
    }

    /// What goes into the next commit, and the head to go on from; `nil` once nothing is waiting.
    private func next() -> ([Waiting], WorkingSet?)? {
        state.withLock { state in
            var (count, events) = (0, 0)
            while count < state.waiting.count, events + state.waiting[count].events.count <= Self.batch {
                events += state.waiting[count].events.count
                count += 1
            }
            guard count > 0 else {
                state.isWriting = false
                return nil
            }
            defer {
                state.waiting.removeFirst(count)
                // Unknown until this one is there.
                state.head = nil
            }
            return (Array(state.waiting.prefix(count)), state.head)
        }
    }

    private func commit(_ events: [SecurityEvent], startingFrom known: WorkingSet?) async throws(StoreError)
        -> WorkingSet?
    {
        guard !events.isEmpty else { return known }
        let written = state.withLock { $0.written }
        if known == nil, written == 0 { try await begin() }
        let key = AuditHead.key(chain, environment)
        let (count, state) = try await environment.transactReturningState(
            in: key.partition, reading: [key], startingFrom: known
        ) { work, _ throws(StoreError) in
            guard var head = try work.load(AuditHead.self), head.isAuthentic(for: chain, environment),
                head.count >= written
            else { throw StoreError(.corrupt, "the head of the audit chain \(chain) is not what was left") }
            for entry in head.link(events, environment) { work.put(entry, AuditEntry.id(entry.number)) }
            work.put(head)
            return head.count
        }
        self.state.withLock { $0.written = count }
        return state.keeping(only: [key])
    }

    /// Makes the chain, if there is none: its head first, so that a chain that is known and has no head has lost it.
    private func begin() async throws(StoreError) {
        let partition = AuditChains.partition(environment)
        let key = RecordKey(.auditChains, in: partition, id: .only)
        let known = try await environment.read([key], in: partition).load(AuditChains.self) ?? AuditChains()
        guard !known.chains.contains(chain) else { return }
        let headKey = AuditHead.key(chain, environment)
        try await environment.transact(in: headKey.partition, reading: [headKey]) { work, _ throws(StoreError) in
            guard try work.load(AuditHead.self) == nil else { return }
            work.put(AuditHead(chain, environment))
        }
        try await environment.transact(in: partition, reading: [key]) { work, _ throws(StoreError) in
            let stored = try work.load(AuditChains.self)
            guard stored?.isAuthentic(environment) ?? true else {
                throw StoreError(.corrupt, "the list of audit chains is not what was left")
            }
            var chains = stored ?? AuditChains()
            guard !chains.chains.contains(chain) else { return }
            guard chains.add(chain, environment) else {
                throw StoreError(.unavailable, "there are \(AuditChain.limit) audit chains already")
            }
            work.put(chains)
        }
    }
}

extension SecurityEvent.Name {
    /// Events could not be recorded in the store. Known to the sinks alone.
    public static let auditUnavailable = Self(rawValue: "sys_audit_unavailable")
}
