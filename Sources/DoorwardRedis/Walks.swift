// SPDX-License-Identifier: Apache-2.0

#if Redis
import DoorwardCore
import Synchronization

/// Walks over everything, for maintenance.
///
/// Redis gives its names in an order of its own that no key can stand for. So a walk takes the names that come next in
/// the order of keys, as many as a window holds, from one pass over all; pages are served from the window. Whoever comes
/// with a key that no window waits for (after a restart, from another process) costs another pass, and misses nothing.
final class Walks: Sendable {
    private static let window = 16_384
    private static let step = "1000"

    private struct State {
        /// What follows after a key, in order.
        var windows: [RecordKey: [RecordKey]] = [:]
        /// Where the last purge ended.
        var cursor = "0"
    }

    private let state = Mutex(State())

    func page(after: RecordKey?, _ limit: Int, on link: Link) throws(StoreError) -> [StoredRecord] {
        var last = after
        while true {
            let waiting = last.flatMap { last in state.withLock { $0.windows.removeValue(forKey: last) } } ?? []
            let names = try waiting.isEmpty ? collect(after: last, on: link) : waiting
            guard let end = names.prefix(limit).last else { return [] }
            let page = try records(Array(names.prefix(limit)), on: link)
            // The page may end before its last name, which is gone by now; the next one begins after what it shows.
            remember(Array(names.dropFirst(limit)), after: page.last?.key ?? end)
            if !page.isEmpty { return page }
            last = end
        }
    }

    private func remember(_ names: [RecordKey], after key: RecordKey) {
        state.withLock { state in
            // Walks that nobody goes on with are forgotten.
            if state.windows.count >= 8 { state.windows = [:] }
            if !names.isEmpty { state.windows[key] = names }
        }
    }

    /// The names that come next.
    private func collect(after: RecordKey?, on link: Link) throws(StoreError) -> [RecordKey] {
        var names = Set<RecordKey>()
        var cursor = "0"
        repeat {
            let (next, found) = try scan(cursor, "dw:{*}:r:*", on: link)
            cursor = next
            for name in found {
                if let key = Layout.recordKey(name), after.map({ $0 < key }) ?? true { names.insert(key) }
            }
            if names.count > 2 * Self.window { names = Set(names.sorted().prefix(Self.window)) }
        } while cursor != "0"
        return Array(names.sorted().prefix(Self.window))
    }

    private func scan(_ cursor: String, _ pattern: String, on link: Link)
        throws(StoreError) -> (cursor: String, names: [[UInt8]])
    {
        let command = Command("SCAN", cursor, "MATCH", pattern, "COUNT", Self.step)
        guard case .array(let parts)? = try link.ask([command]).first, parts.count == 2,
            case .bytes(let next) = parts[0], case .array(let values) = parts[1]
        else { throw StoreError(.unavailable, "Redis did not list its keys") }
        let names = values.compactMap { value -> [UInt8]? in
            if case .bytes(let name) = value { name } else { nil }
        }
        return (String(decoding: next, as: UTF8.self), names)
    }

    /// What is no record at all is left out, so that one damaged value does not hide the others.
    private func records(_ keys: [RecordKey], on link: Link) throws(StoreError) -> [StoredRecord] {
        guard case .array(let values)? = try link.ask([Command("MGET", records: keys)]).first else {
            throw StoreError(.unavailable, "Redis did not give its values")
        }
        return zip(keys, values).compactMap { key, value in
            guard case .bytes(let bytes) = value else { return nil }
            return try? Layout.decode(bytes, as: key)
        }
    }

    /// Goes on where the last purge ended, and comes by everything unless the limit is reached before.
    func purge(_ bound: Timestamp, limit: Int, on link: Link) throws(StoreError) -> Int {
        var cursor = state.withLock { $0.cursor }
        // Having begun in the middle, the way from the beginning is still to go.
        var isLastPass = cursor == "0"
        var purged = 0
        while true {
            let (next, names) = try scan(cursor, "dw:{*}:[rc]:*", on: link)
            purged += try purge(names, bound, limit: limit - purged, on: link)
            // A page that is not done is looked at again next time.
            if purged >= limit { break }
            cursor = next
            guard cursor == "0" else { continue }
            if isLastPass { break }
            isLastPass = true
        }
        state.withLock { $0.cursor = cursor }
        return purged
    }

    private func purge(_ names: [[UInt8]], _ bound: Timestamp, limit: Int, on link: Link)
        throws(StoreError) -> Int
    {
        guard !names.isEmpty else { return 0 }
        let bound = Layout.digits(bound)
        let targets = names.map { name in (name: name, record: Layout.recordKey(name)) }
        // What is no text at such a name is not ours, and is passed by.
        let ends = link.run(
            targets.map { target in
                let first = target.record == nil ? 0 : 16
                var command = Command("GETRANGE")
                command.add(target.name)
                command.add("\(first)".utf8)
                command.add("\(first + 19)".utf8)
                return command
            })
        guard !ends.contains(where: { $0 == nil }) else { throw StoreError(.unavailable, "Redis did not answer") }
        let old = zip(targets, ends).filter { _, end in
            guard case .bytes(let digits)? = end, digits.count == 20, digits != Layout.never else { return false }
            return digits.lexicographicallyPrecedes(bound)
        }.prefix(limit)
        guard !old.isEmpty else { return 0 }
        let replies = try link.ask(
            old.map { target, _ in
                let record = target.record
                let keys = [target.name] + (record.map { [Layout.index(of: $0)] } ?? [])
                var command = Command(calling: .expire, keys: keys)
                command.add(bound)
                command.add((record == nil ? "0" : "16").utf8)
                command.add(record.map { Layout.name(of: $0.id) } ?? [])
                return command
            })
        return replies.count { if case .integer(1) = $0 { true } else { false } }
    }
}
#endif
