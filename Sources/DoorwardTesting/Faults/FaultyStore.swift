// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import Synchronization

/// A store that fails at a chosen call, and goes on failing until it is healed.
public final class FaultyStore: StoreWrapper {
    public enum Fault: Hashable, Sendable, CaseIterable {
        /// The call has no effect and throws `unavailable`; so does every later one.
        case error
        /// The call has no effect, and a time-out does not say so: a change throws `outcomeUnknown`, a read
        /// `unavailable`; so does every later one.
        case timeout
        /// The call has its effect, and the reply is lost: a change throws `outcomeUnknown`. Every later call fails.
        case lostReply
        /// As `lostReply`, but later calls work.
        case lostReplyOnce
    }

    private struct State {
        var calls = 0
        var armed: (fault: Fault, at: Int)?
        var isDown = false
        var fired = false
        var lasting: StoreFault.Kind?
    }

    public let base: any AuthStore
    private let state = Mutex(State())

    public init(_ base: any AuthStore) { self.base = base }

    /// The call of that number from now, counted from 1, will fail.
    public func arm(_ fault: Fault, atCall number: Int) {
        state.withLock { $0 = State(armed: (fault, number)) }
    }

    /// Makes it work again.
    ///
    /// - Returns: Whether the fault had struck.
    @discardableResult
    public func heal() -> Bool {
        state.withLock { state in
            defer { state = State() }
            return state.fired
        }
    }

    /// Faults of an engine that this store stands for, for the conformance suite.
    public var engineFaults: [StoreFault] {
        StoreFault.Kind.allCases.map { kind in
            StoreFault(kind) {
                self.state.withLock { $0.lasting = kind }
            } end: {
                self.state.withLock { $0.lasting = nil }
            }
        }
    }

    private static func effect(of kind: StoreFault.Kind, isChange: Bool) -> Effect {
        let silent = StoreError(isChange ? .outcomeUnknown : .unavailable, "injected: \(kind)")
        switch kind {
        case .cutBeforeRequest, .stopped: return .before(StoreError(.unavailable, "injected: \(kind)"))
        case .cutAfterRequest, .replyLost, .garbageReply, .silence: return .after(silent)
        case .diskFull, .readOnly, .writesBlocked:
            return isChange ? .before(StoreError(.unavailable, "injected: \(kind)")) : .none
        }
    }

    private enum Effect { case none, before(StoreError), after(StoreError) }

    private func effect(isChange: Bool) -> Effect {
        state.withLock { state in
            state.calls += 1
            if let kind = state.lasting { return Self.effect(of: kind, isChange: isChange) }
            let unknown = StoreError(isChange ? .outcomeUnknown : .unavailable, "injected: no answer")
            if state.isDown { return .before(StoreError(.unavailable, "injected: down")) }
            guard let armed = state.armed, armed.at == state.calls else { return .none }
            state.fired = true
            state.isDown = armed.fault != .lostReplyOnce
            switch armed.fault {
            case .error: return .before(StoreError(.unavailable, "injected: error"))
            case .timeout: return .before(unknown)
            case .lostReply, .lostReplyOnce: return .after(unknown)
            }
        }
    }

    private func calling<R>(isChange: Bool, _ body: () async throws(StoreError) -> R) async throws(StoreError) -> R {
        switch effect(isChange: isChange) {
        case .none: return try await body()
        case .before(let error): throw error
        case .after(let error):
            _ = try await body()
            throw error
        }
    }

    public func read(_ keys: [RecordKey], at now: Timestamp) async throws(StoreError) -> [StoredRecord?] {
        try await calling(isChange: false) { () async throws(StoreError) in try await base.read(keys, at: now) }
    }

    public func list(_ kind: RecordKind, in partition: Partition, after: RecordID?, limit: Int, at now: Timestamp)
        async throws(StoreError) -> [StoredRecord]
    {
        try await calling(isChange: false) { () async throws(StoreError) in
            try await base.list(kind, in: partition, after: after, limit: limit, at: now)
        }
    }

    public func commit(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp)
        async throws(StoreError) -> CommitOutcome
    {
        try await calling(isChange: true) { () async throws(StoreError) in
            try await base.commit(id, changes, at: now)
        }
    }

    public func increment(_ key: CounterKey, by amount: Int, ceiling: Int?, expiresAt: Timestamp, at now: Timestamp)
        async throws(StoreError) -> IncrementOutcome
    {
        try await calling(isChange: true) { () async throws(StoreError) in
            try await base.increment(key, by: amount, ceiling: ceiling, expiresAt: expiresAt, at: now)
        }
    }

    public func scan(after: RecordKey?, limit: Int) async throws(StoreError) -> [StoredRecord] {
        try await calling(isChange: false) { () async throws(StoreError) in
            try await base.scan(after: after, limit: limit)
        }
    }
}
