// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import Synchronization

// How a broken store pages.

extension BrokenStore {
    public func list(_ kind: RecordKind, in partition: Partition, after: RecordID?, limit: Int, at now: Timestamp)
        async throws(StoreError) -> [StoredRecord]
    {
        if flaw == .swallowsMisuse, limit < 1 { return [] }
        let limit = flaw == .acceptsAnyLimit ? max(1, limit) : limit
        return try await meddling(with: []) { () async throws(StoreError) in
            try await page(kind, partition, after, limit, now)
        }
    }

    private func page(_ kind: RecordKind, _ partition: Partition, _ after: RecordID?, _ limit: Int, _ now: Timestamp)
        async throws(StoreError) -> [StoredRecord]
    {
        func all(at time: Timestamp) async throws(StoreError) -> [StoredRecord] {
            try await base.list(kind, in: partition, after: nil, limit: 1000, at: time)
        }
        switch flaw {
        case .listsBackwards:
            return try await base.list(kind, in: partition, after: after, limit: limit, at: now).reversed()
        case .listsTwice:
            let rest = try await all(at: now).drop { record in after.map { record.key.id < $0 } ?? false }
            return Array(rest.prefix(limit))
        case .needsItsMark:
            let records = try await all(at: now)
            guard let after else { return Array(records.prefix(limit)) }
            guard let index = records.firstIndex(where: { $0.key.id == after }) else { return [] }
            return Array(records[(index + 1)...].prefix(limit))
        case .pagesByOffset:
            let offset = after.map { id in state.withLock { $0.offsets[id] ?? 0 } } ?? 0
            let page = Array(try await all(at: now).dropFirst(offset).prefix(limit))
            if let last = page.last { state.withLock { $0.offsets[last.key.id] = offset + page.count } }
            return page
        case .pagesBeforeFilter:
            let start = Timestamp(milliseconds: .min)
            return try await base.list(kind, in: partition, after: after, limit: limit, at: start)
                .filter { !$0.isExpired(at: now) }
        case .listsOldStates:
            let page = try await base.list(kind, in: partition, after: after, limit: limit, at: now)
            return state.withLock { state in
                page.map { record in
                    let first = state.reads[record.key] ?? record
                    state.reads[record.key] = .some(first)
                    return first ?? record
                }
            }
        case .ignoresLimits:
            return try await base.list(kind, in: partition, after: after, limit: limit + 1, at: now)
        default:
            let place = stored(RecordKey(kind, in: partition, id: .only))
            return try await base.list(place.kind, in: place.partition, after: after, limit: limit, at: time(now))
        }
    }

    public func scan(after: RecordKey?, limit: Int) async throws(StoreError) -> [StoredRecord] {
        if flaw == .swallowsMisuse, limit < 1 { return [] }
        let limit = flaw == .acceptsAnyLimit ? max(1, limit) : limit
        switch flaw {
        case .scansOnePage where after != nil: return []
        case .scansLiveOnly:
            let now = SystemWallClock().now()
            var after = after
            while true {
                let page = try await base.scan(after: after, limit: limit)
                let live = page.filter { !$0.isExpired(at: now) }
                if !live.isEmpty || page.isEmpty { return live }
                after = page.last?.key
            }
        case .forgetsWalks:
            if let after, !state.withLock({ $0.walks.contains(after) }) { return [] }
            let page = try await base.scan(after: after, limit: limit)
            state.withLock { state in page.last.map { _ = state.walks.insert($0.key) } }
            return page
        case .ignoresLimits: return try await base.scan(after: after, limit: limit + 1)
        default:
            return try await meddling(with: []) { () async throws(StoreError) in
                try await base.scan(after: after, limit: limit)
            }
        }
    }
}
