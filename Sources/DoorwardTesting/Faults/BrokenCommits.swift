// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import Synchronization

// How a broken store commits.

extension BrokenStore {
    public func commit(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp)
        async throws(StoreError) -> CommitOutcome
    {
        if flaw == .swallowsMisuse, (try? ContractLimits.check(changes)) == nil { return .committed }
        if flaw == .cachesReads { state.withLock { state in for change in changes { state.reads[change.key] = nil } } }
        if flaw == .readsLateReplies, let late = state.withLock({ $0.lateReply }) {
            state.withLock { $0.lateReply = nil }
            _ = try await base.commit(id, changes, at: now)
            return late
        }
        return try await meddling(with: .committed) { () async throws(StoreError) in
            do throws(StoreError) {
                return try await brokenly(id, changes.map(altered), at: now)
            } catch {
                return try await failing(error, id, changes, at: now)
            }
        }
    }

    /// What a broken store makes of a fault.
    private func failing(_ error: StoreError, _ id: CommitID, _ changes: [RecordChange], at now: Timestamp)
        async throws(StoreError) -> CommitOutcome
    {
        switch flaw {
        case .resendsCommits where error.code == .outcomeUnknown: return try await base.commit(id, changes, at: now)
        case .readsLateReplies where error.code == .outcomeUnknown: state.withLock { $0.lateReply = .committed }
        case .landsLater where error.code == .unavailable:
            let base = base
            Task.detached {
                try? await Task.sleep(for: .milliseconds(30))
                _ = try? await base.commit(id, changes, at: now)
            }
        default: break
        }
        throw error
    }

    private func brokenly(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp)
        async throws(StoreError) -> CommitOutcome
    {
        switch flaw {
        case .checksThenActs:
            if let index = try await failing(changes, at: now) { return .conflict(at: index) }
            for _ in 0..<3 { await Task.yield() }
            return try await force(id, changes, at: now)
        case .acknowledgesEarly:
            if let index = try await failing(changes, at: now) { return .conflict(at: index) }
            let base = base
            Task.detached {
                try? await Task.sleep(for: .milliseconds(20))
                _ = try? await base.commit(id, changes, at: now)
            }
            return .committed
        case .commitsHalf:
            let outcome = try await base.commit(id, changes, at: now)
            if case .conflict(let index) = outcome, index > 0 {
                _ = try await base.commit(id, Array(changes[..<index]), at: now)
            }
            return outcome
        case .splitsCommits:
            for start in stride(from: 0, to: changes.count, by: 16) {
                let part = Array(changes[start..<min(start + 16, changes.count)])
                if case .conflict(let index) = try await base.commit(id, part, at: now) {
                    return .conflict(at: start + index)
                }
            }
            return .committed
        case .makesOwnVersions: return try await base.commit(CommitID(from: random), changes, at: now)
        case .repeatsCommits:
            let outcome = try await base.commit(id, changes, at: now)
            let records = try await base.read(changes.map(\.key), at: now)
            return records.contains { $0?.version == id } ? .committed : outcome
        case .abandonsCancelled:
            let outcome = try await base.commit(id, changes, at: now)
            if Task.isCancelled { throw StoreError(.unavailable, "cancelled") }
            return outcome
        case .swapsReplies:
            state.withLock { $0.inFlight += 1 }
            let outcome = try await base.commit(id, changes, at: now)
            for _ in 0..<3 { await Task.yield() }
            return state.withLock { state in
                defer {
                    state.inFlight -= 1
                    state.lastOutcome = outcome
                }
                return state.inFlight > 1 ? state.lastOutcome ?? outcome : outcome
            }
        case .removesBlindly, .requiresBeforehand:
            if let index = try await failing(changes, at: now) { return .conflict(at: index) }
            for _ in 0..<3 { await Task.yield() }
            let rest = changes.compactMap { change -> RecordChange? in
                switch change {
                case .remove(let key, _) where flaw == .removesBlindly: .remove(key, at: nil)
                case .require where flaw == .requiresBeforehand: nil
                default: change
                }
            }
            return rest.isEmpty ? .committed : try await base.commit(id, rest, at: now)
        case .comparesHalfVersions:
            let current = try await base.read(changes.map(\.key), at: now)
            let named = zip(changes, current).map { change, record in
                let half = record?.version.bytes.prefix(8)
                let isAlike = change.version?.bytes.prefix(8) == half
                return isAlike ? change.naming(record?.version) : change
            }
            return try await base.commit(id, named, at: now)
        case .namesFirstChange:
            let outcome = try await base.commit(id, changes, at: now)
            return outcome == .committed ? outcome : .conflict(at: 0)
        case .forgetsRequire:
            let rest = changes.filter { if case .require = $0 { false } else { true } }
            return rest.isEmpty ? .committed : try await base.commit(id, rest, at: now)
        case .keepsRemoved:
            let rest = changes.filter { if case .remove = $0 { false } else { true } }
            return rest.isEmpty ? .committed : try await base.commit(id, rest, at: now)
        case .acceptsAnyVersion:
            let current = try await base.read(changes.map(\.key), at: now)
            return try await base.commit(
                id, zip(changes, current).map { $0.naming($1?.version) }, at: now)
        case .keepsOldExpiry:
            let current = try await base.read(changes.map(\.key), at: now)
            let kept = zip(changes, current).map { change, record in
                if case .replace(let key, let version, let value, _) = change {
                    RecordChange.replace(key, at: version, value: value, expiresAt: record?.expiresAt)
                } else {
                    change
                }
            }
            return try await base.commit(id, kept, at: now)
        case .mixesCounters:
            for change in changes {
                let counter = try await base.increment(change.key, by: 0, ceiling: nil, expiresAt: now, at: now)
                _ = try await base.increment(
                    change.key, by: -counter.value, ceiling: nil, expiresAt: counter.expiresAt, at: now)
            }
            return try await base.commit(id, changes, at: now)
        default: return try await base.commit(id, changes, at: time(now))
        }
    }

    /// The change that is written in its place.
    private func altered(_ change: RecordChange) -> RecordChange {
        func value(_ value: [UInt8]) -> [UInt8] {
            switch flaw {
            case .cutsAtZero: Array(value.prefix { $0 != 0 })
            case .cutsValues: Array(value.prefix(32 * 1024))
            default: value
            }
        }
        func end(_ end: Timestamp?) -> Timestamp? {
            guard flaw == .roundsTimes else { return end }
            return end.map { Timestamp(milliseconds: $0.milliseconds / 1000 * 1000) }
        }
        switch change {
        case .create(let key, let content, let expiresAt):
            return .create(stored(key), value: value(content), expiresAt: end(expiresAt))
        case .replace(let key, let version, let content, let expiresAt):
            return .replace(stored(key), at: version, value: value(content), expiresAt: end(expiresAt))
        case .remove(let key, let version): return .remove(stored(key), at: version)
        case .require(let key, let version): return .require(stored(key), at: version)
        }
    }

    private func failing(_ changes: [RecordChange], at now: Timestamp) async throws(StoreError) -> Int? {
        let current = try await base.read(changes.map(\.key), at: now)
        return changes.indices.first { !changes[$0].holds(on: current[$0]?.version) }
    }

    /// Writes whatever the conditions say.
    private func force(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp)
        async throws(StoreError) -> CommitOutcome
    {
        while true {
            let current = try await base.read(changes.map(\.key), at: now)
            let forced = changes.enumerated().compactMap { index, change -> RecordChange? in
                let version = current[index]?.version
                switch change {
                case .create(let key, let value, let end), .replace(let key, _, let value, let end):
                    return version.map { .replace(key, at: $0, value: value, expiresAt: end) }
                        ?? .create(key, value: value, expiresAt: end)
                case .remove(let key, _): return .remove(key, at: nil)
                case .require: return nil
                }
            }
            if forced.isEmpty { return .committed }
            if try await base.commit(id, forced, at: now) == .committed { return .committed }
        }
    }
}

extension RecordChange {
    fileprivate var version: CommitID? {
        switch self {
        case .create: nil
        case .replace(_, let version, _, _): version
        case .remove(_, let version), .require(_, let version): version
        }
    }

    /// The same, of another version, if it names one at all.
    fileprivate func naming(_ version: CommitID?) -> RecordChange {
        guard let version else { return self }
        switch self {
        case .replace(let key, _, let value, let end): return .replace(key, at: version, value: value, expiresAt: end)
        case .remove(let key, .some): return .remove(key, at: version)
        case .require(let key, .some): return .require(key, at: version)
        case .create, .remove, .require: return self
        }
    }
}
