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
        /// A read shows what was there before the last commit. Later calls work.
        case staleRead
        /// A read shows noise for values. Later calls work.
        case garbageRow

        /// Whether only reads are struck.
        public var isOfReads: Bool { self == .staleRead || self == .garbageRow }
    }

    private struct State {
        var calls = 0
        var armed: (fault: Fault, at: Int)?
        var isDown = false
        var fired = false
        var lasting: StoreFault.Kind?
        /// What the last commit changed, as it was before.
        var before: [RecordKey: StoredRecord?] = [:]
    }

    public let base: any AuthStore
    private let state = Mutex(State())

    public init(_ base: any AuthStore) { self.base = base }

    /// The call of that number from now, counted from 1, will fail.
    public func arm(_ fault: Fault, atCall number: Int) {
        state.withLock { state in
            state.calls = 0
            state.armed = (fault, number)
        }
    }

    /// How many calls there were since it was armed.
    public var calls: Int { state.withLock { $0.calls } }

    /// Makes it work again.
    ///
    /// - Returns: Whether the fault had struck.
    @discardableResult
    public func heal() -> Bool {
        state.withLock { state in
            defer { state = State(before: state.before) }
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
        case .cutAfterRequest, .replyLost, .replyLostOnce, .lateReply, .garbageReply, .silence: return .after(silent)
        case .diskFull, .readOnly, .writesBlocked:
            return isChange ? .before(StoreError(.unavailable, "injected: \(kind)")) : .none
        }
    }

    private enum Effect {
        case none, before(StoreError), after(StoreError)
        case staleRead, garbageRow
    }

    private func effect(isChange: Bool) -> Effect {
        state.withLock { state in
            state.calls += 1
            if let kind = state.lasting {
                if kind == .replyLostOnce { state.lasting = nil }
                return Self.effect(of: kind, isChange: isChange)
            }
            let unknown = StoreError(isChange ? .outcomeUnknown : .unavailable, "injected: no answer")
            if state.isDown { return .before(StoreError(.unavailable, "injected: down")) }
            guard let armed = state.armed, armed.at == state.calls, !(isChange && armed.fault.isOfReads) else {
                return .none
            }
            state.fired = true
            state.isDown = [.error, .timeout, .lostReply].contains(armed.fault)
            switch armed.fault {
            case .error: return .before(StoreError(.unavailable, "injected: error"))
            case .timeout: return .before(unknown)
            case .lostReply, .lostReplyOnce: return .after(unknown)
            case .staleRead: return .staleRead
            case .garbageRow: return .garbageRow
            }
        }
    }

    private func calling<R>(
        isChange: Bool, spoil: (R, Effect) -> R = { result, _ in result }, _ body: () async throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        let effect = effect(isChange: isChange)
        switch effect {
        case .none: return try await body()
        case .before(let error): throw error
        case .after(let error):
            _ = try await body()
            throw error
        case .staleRead, .garbageRow: return spoil(try await body(), effect)
        }
    }

    private func spoiled(_ key: RecordKey, _ record: StoredRecord?, _ effect: Effect) -> StoredRecord? {
        switch effect {
        case .staleRead: return state.withLock { $0.before[key] } ?? record
        case .garbageRow:
            return record.map { record in
                StoredRecord(
                    key: key, value: SystemRandomSource().bytes(max(1, record.value.count)), version: record.version,
                    expiresAt: record.expiresAt)
            }
        default: return record
        }
    }

    public func read(_ keys: [RecordKey], at now: Timestamp) async throws(StoreError) -> [StoredRecord?] {
        try await calling(isChange: false) { records, effect in
            zip(keys, records).map { spoiled($0, $1, effect) }
        } _: { () async throws(StoreError) in
            try await base.read(keys, at: now)
        }
    }

    public func list(_ kind: RecordKind, in partition: Partition, after: RecordID?, limit: Int, at now: Timestamp)
        async throws(StoreError) -> [StoredRecord]
    {
        try await calling(isChange: false) { page, effect in
            page.compactMap { spoiled($0.key, $0, effect) }
        } _: { () async throws(StoreError) in
            try await base.list(kind, in: partition, after: after, limit: limit, at: now)
        }
    }

    public func commit(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp)
        async throws(StoreError) -> CommitOutcome
    {
        let keys = changes.map(\.key)
        let old = try await base.read(keys, at: now)
        let outcome = try await calling(isChange: true) { () async throws(StoreError) in
            try await base.commit(id, changes, at: now)
        }
        if outcome == .committed {
            let pairs = zip(keys, old).map { ($0, $1) }
            state.withLock { $0.before = Dictionary(pairs, uniquingKeysWith: { first, _ in first }) }
        }
        return outcome
    }

    public func increment(_ key: CounterKey, by amount: Int, ceiling: Int?, expiresAt: Timestamp, at now: Timestamp)
        async throws(StoreError) -> IncrementOutcome
    {
        try await calling(isChange: true) { () async throws(StoreError) in
            try await base.increment(key, by: amount, ceiling: ceiling, expiresAt: expiresAt, at: now)
        }
    }

    public func scan(after: RecordKey?, limit: Int) async throws(StoreError) -> [StoredRecord] {
        try await calling(isChange: false) { page, effect in
            page.compactMap { spoiled($0.key, $0, effect) }
        } _: { () async throws(StoreError) in
            try await base.scan(after: after, limit: limit)
        }
    }
}
