// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import Foundation
import Synchronization

/// A store that breaks one clause of the contract, to show that tests would notice.
public final class BrokenStore: StoreWrapper {
    struct State {
        var reads: [RecordKey: StoredRecord?] = [:]
        var offsets: [RecordID: Int] = [:]
        var walks = Set<RecordKey>()
        var isDown = false
        var inFlight = 0
        var lastOutcome: CommitOutcome?
        var lateReply: CommitOutcome?
    }

    public let base: any AuthStore
    let flaw: Flaw
    let random = SystemRandomSource()
    let state = Mutex(State())

    public init(_ flaw: Flaw, on base: any AuthStore) {
        self.flaw = flaw
        self.base = base
    }

    func time(_ now: Timestamp) -> Timestamp {
        switch flaw {
        case .ignoresExpiry: Timestamp(milliseconds: .min)
        case .expiresLate: now.advanced(by: .milliseconds(-1))
        case .usesOwnClock: SystemWallClock().now()
        default: now
        }
    }

    /// What errors become.
    func meddling<R>(with miss: R?, _ body: () async throws(StoreError) -> R) async throws(StoreError) -> R {
        if flaw == .staysDown, state.withLock({ $0.isDown }) { throw StoreError(.unavailable, "it stays down") }
        do throws(StoreError) {
            return try await body()
        } catch {
            if flaw == .staysDown, error.code != .misuse { state.withLock { $0.isDown = true } }
            if flaw == .swallowsErrors, let miss { return miss }
            if flaw == .blursErrors, error.code == .outcomeUnknown { throw StoreError(.unavailable, error.reason) }
            throw error
        }
    }

    // MARK: Reads

    public func read(_ keys: [RecordKey], at now: Timestamp) async throws(StoreError) -> [StoredRecord?] {
        let misses = keys.map { _ in StoredRecord?.none }
        if flaw == .swallowsMisuse, (try? ContractLimits.check(keys)) == nil { return misses }
        if flaw == .cachesReads, let known = cached(keys) { return known }
        let records = try await meddling(with: misses) { () async throws(StoreError) in
            guard flaw == .readsOneByOne, keys.count > 1 else {
                return try await base.read(keys.map(stored), at: time(now))
            }
            let first = try await base.read(Array(keys.prefix(1)), at: now)
            // Until somebody has written it, or nobody does: however the tasks are scheduled, the rest is newer.
            for _ in 0..<500 where try await base.read(Array(keys.prefix(1)), at: now) == first { await Task.yield() }
            return try await first + base.read(Array(keys.dropFirst()), at: now)
        }
        if flaw == .cachesReads {
            state.withLock { state in for (key, record) in zip(keys, records) { state.reads[key] = .some(record) } }
        }
        if flaw == .deletesExpired {
            let missing = zip(keys, records).filter { $0.1 == nil }.map { RecordChange.remove($0.0, at: nil) }
            if !missing.isEmpty { _ = try await base.commit(CommitID(from: random), missing, at: now) }
        }
        return zip(keys, records).enumerated().map { index, pair in
            flaw == .readsAHundred && index >= 100 ? nil : pair.1.map { shown($0, as: pair.0) }
        }
    }

    public func read(_ key: RecordKey, at now: Timestamp) async throws(StoreError) -> StoredRecord? {
        switch flaw {
        case .ignoresExpiryOfOne: return try await base.read(key, at: Timestamp(milliseconds: .min))
        case .swallowsErrorsOfOne: return try? await base.read(key, at: now)
        case .cachesReadsOfOne:
            if let known = cached([key]) { return known[0] }
            let record = try await base.read(key, at: now)
            state.withLock { $0.reads[key] = .some(record) }
            return record
        default: return try await read([key], at: now).first ?? nil
        }
    }

    private func cached(_ keys: [RecordKey]) -> [StoredRecord?]? {
        state.withLock { state in
            let known = keys.compactMap { state.reads[$0] }
            return known.count == keys.count && !known.isEmpty ? known : nil
        }
    }

    /// The name under which it is stored.
    func stored(_ key: RecordKey) -> RecordKey {
        var (kind, partition, id) = (key.kind, key.partition, key.id.bytes)
        switch flaw {
        case .cutsIDs: id = Array(id.prefix(16))
        case .foldsIDs:
            let text = String(decoding: id, as: UTF8.self)
            id = Array(text.folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil).utf8.prefix(32))
        case .stripsIDs: id = id.filter { !Array("*?:/\\\0".utf8).contains($0) }
        case .mixesKinds: kind = RecordKind(code: kind.code & 0xFF)
        case .mixesPartitions:
            partition = Partition(bytes: partition.bytes.prefix(8) + [UInt8](repeating: 0, count: 8)) ?? partition
        default: break
        }
        return RecordKey(kind, in: partition, id: RecordID(id) ?? key.id)
    }

    private func shown(_ record: StoredRecord, as key: RecordKey) -> StoredRecord {
        StoredRecord(key: key, value: record.value, version: record.version, expiresAt: record.expiresAt)
    }

    // MARK: Additions

    public func increment(_ key: CounterKey, by amount: Int, ceiling: Int?, expiresAt: Timestamp, at now: Timestamp)
        async throws(StoreError) -> IncrementOutcome
    {
        let miss = IncrementOutcome(isApplied: false, value: 0, expiresAt: expiresAt)
        return try await meddling(with: miss) { () async throws(StoreError) in
            func add(_ amount: Int, ceiling: Int? = ceiling, end: Timestamp = expiresAt)
                async throws(StoreError) -> IncrementOutcome
            {
                try await base.increment(key, by: amount, ceiling: ceiling, expiresAt: end, at: time(now))
            }
            let most = 1 << 53
            switch flaw {
            case .ignoresCeiling: return try await add(amount, ceiling: nil)
            case .acceptsAnyLimit:
                return try await add(
                    min(max(amount, -most), most), ceiling: ceiling.map { min(max($0, 0), most) })
            case .movesCounterExpiry:
                let old = try await add(0)
                _ = try await add(-old.value, end: old.expiresAt)
                let outcome = try await add(old.value + amount)
                return IncrementOutcome(isApplied: outcome.isApplied, value: outcome.value, expiresAt: expiresAt)
            case .givesBackAnywhere where amount < 0:
                return try await add(amount, end: try await add(0).expiresAt)
            case .addsWhatFits where amount > 0:
                let old = try await add(0)
                return try await add(min(amount, max(0, (ceiling ?? most) - old.value)))
            case .makesCountersOnRead where amount <= 0:
                let old = try await add(0)
                if old.value == 0 {
                    _ = try await add(1)
                    _ = try await add(-1)
                    return old
                }
                return try await add(amount)
            case .roundsCounters where amount > 0:
                let outcome = try await add(amount)
                return IncrementOutcome(
                    isApplied: outcome.isApplied, value: Int(Float(outcome.value)), expiresAt: outcome.expiresAt)
            case .readsThenAdds where amount > 0:
                let old = try await add(0, ceiling: nil)
                for _ in 0..<3 { await Task.yield() }
                guard old.value + amount <= ceiling ?? most else { return old }
                return try await add(amount, ceiling: nil)
            case .readsThenReturns where amount < 0:
                let old = try await add(0)
                for _ in 0..<3 { await Task.yield() }
                let current = try await add(0)
                return try await add(max(0, old.value + amount) - current.value)
            case .restartsTwice where amount > 0:
                let old = try await add(0)
                guard old.value == 0 else { return try await add(amount) }
                for _ in 0..<3 { await Task.yield() }
                let current = try await add(0)
                _ = try await add(-current.value, end: current.expiresAt)
                return try await add(amount)
            case .repeatsAdditions:
                do throws(StoreError) { return try await add(amount) } catch {
                    guard error.code == .outcomeUnknown else { throw error }
                    return try await add(amount)
                }
            default: return try await add(amount)
            }
        }
    }

    // MARK: Purges

    public func purge(expiredBefore: Timestamp, limit: Int) async throws(StoreError) -> Int {
        let limit = flaw == .acceptsAnyLimit ? max(1, limit) : limit
        switch flaw {
        case .purgesEagerly: return try await remove(limit) { $0.isExpired(at: expiredBefore) }
        case .purgesWithoutBound: return try await base.purge(expiredBefore: SystemWallClock().now(), limit: limit)
        case .purgesWithoutLimit: return try await base.purge(expiredBefore: expiredBefore, limit: 1000)
        case .purgesByName:
            let bound = expiredBefore.advanced(by: .seconds(-3600))
            return try await remove(limit) { $0.isExpired(at: bound) }
        default: return try await base.purge(expiredBefore: expiredBefore, limit: limit)
        }
    }

    private func remove(_ limit: Int, where isOld: (StoredRecord) -> Bool) async throws(StoreError) -> Int {
        let old = try await base.scan(after: nil, limit: 1000).filter(isOld).prefix(limit)
        for record in old {
            await Task.yield()
            // At the beginning of time nothing has expired, so it can be removed.
            let start = Timestamp(milliseconds: .min)
            _ = try await base.commit(CommitID(from: random), [.remove(record.key, at: nil)], at: start)
        }
        return old.count
    }
}
