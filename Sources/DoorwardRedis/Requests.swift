// SPDX-License-Identifier: Apache-2.0

#if Redis
import DoorwardCore

/// Requests as commands, and what Redis answers as replies.
enum Requests {
    static func command(for request: StoreRequest) -> Command {
        switch request {
        case .read(let keys, _): return Command(keys.count == 1 ? "GET" : "MGET", records: keys)
        case .list(let kind, let partition, let after, let limit, let now):
            var command = Command(calling: .list, keys: [Layout.index(kind, partition)])
            command.add(Layout.digits(now))
            command.add(after.map { [UInt8(ascii: "(")] + Layout.name(of: $0) } ?? [UInt8(ascii: "-")])
            command.add("\(limit)".utf8)
            command.add(Layout.record(RecordKey(kind, in: partition, id: .only)))
            return command
        case .commit(let id, let changes, let now):
            var command = Command(
                calling: makesRoom(changes) ? .removal : .commit,
                keys: changes.flatMap { [Layout.record($0.key), Layout.index(of: $0.key)] })
            command.add(Layout.digits(now))
            command.add(id.bytes)
            for change in changes { add(change, to: &command) }
            return command
        case .increment(let key, let amount, let ceiling, let expiresAt, let now):
            var command = Command(calling: .increment, keys: [Layout.counter(key)])
            command.add(Layout.digits(now))
            command.add("\(amount)".utf8)
            command.add("\(ceiling ?? 1 << 53)".utf8)
            command.add(Layout.digits(expiresAt))
            return command
        case .scan, .purge:
            return Command("PING")  // sent step by step, when they come alone
        }
    }

    /// Whether a commit is let through when memory is full: it removes, creates nothing, and rewrites no more than a list
    /// of seats may be. So people can sign out, and administrators revoke.
    private static func makesRoom(_ changes: [RecordChange]) -> Bool {
        var (removes, written) = (false, 0)
        for change in changes {
            switch change {
            case .create: return false
            case .replace(_, _, let value, _): written += value.count
            case .remove: removes = true
            case .require: break
            }
        }
        return removes && written <= 8 * 1024
    }

    private static func add(_ change: RecordChange, to command: inout Command) {
        var (action, version, end, value): (String, CommitID?, Timestamp?, [UInt8])
        switch change {
        case .create(_, let content, let expiresAt): (action, version, end, value) = ("c", nil, expiresAt, content)
        case .replace(_, let at, let content, let expiresAt):
            (action, version, end, value) = ("r", at, expiresAt, content)
        case .remove(_, let at): (action, version, end, value) = ("d", at, nil, [])
        case .require(_, let at): (action, version, end, value) = ("n", at, nil, [])
        }
        command.add(action.utf8)
        command.add(Layout.name(of: change.key.id))
        command.add(version?.bytes ?? [])
        command.add(end.map(Layout.digits) ?? Layout.never)
        command.add(Layout.mark(change.key) + value)
    }

    /// A record of each key, from a place in an array on. What is no text is as absent.
    static func records(of keys: [RecordKey], in reply: Reply, from start: Int)
        throws(StoreError) -> [StoredRecord?]
    {
        var records: [StoredRecord?] = []
        records.reserveCapacity(keys.count)
        for (place, key) in keys.enumerated() { records.append(try record(of: key, reply.element(start + place))) }
        return records
    }

    private static func record(of key: RecordKey, _ reply: Reply?) throws(StoreError) -> StoredRecord? {
        try unsafe reply?.withBytes { bytes throws(StoreError) in try unsafe Layout.decode(bytes, as: key) }
    }

    /// - Throws: `corrupt` for what is none of ours.
    static func reply(to request: StoreRequest, _ reply: Reply) throws(StoreError) -> StoreReply {
        if case .read(let keys, _) = request {
            let isOne = keys.count == 1
            let found = isOne ? [try record(of: keys[0], reply)] : try records(of: keys, in: reply, from: 0)
            guard isOne ? found[0] != nil || reply.isNull : reply.elements?.count == keys.count else {
                throw StoreError(.corrupt, "a value is not a record")
            }
            return .records(found)
        }
        switch (request, reply.value) {
        case (.list(let kind, let partition, _, _, _), .array(let values)):
            var page: [StoredRecord] = []
            for start in stride(from: 0, to: values.count - 1, by: 2) {
                guard case .bytes(let name) = values[start], case .bytes(let bytes) = values[start + 1],
                    let id = Hex.decode(String(decoding: name, as: UTF8.self)).flatMap({ RecordID($0) })
                else { throw StoreError(.corrupt, "a value is not a record") }
                page.append(try Layout.decode(bytes, as: RecordKey(kind, in: partition, id: id)))
            }
            return .page(page)
        case (.commit, .integer(-1)): return .commit(.committed)
        case (.commit(_, let changes, _), .integer(let index)) where changes.indices.contains(Int(index)):
            return .commit(.conflict(at: Int(index)))
        case (.commit, .integer(-2)): throw StoreError(.corrupt, "a value is not a record")
        case (.increment, .array(let parts)) where parts.count == 3:
            guard case .integer(let applied) = parts[0], (0...1).contains(applied), case .bytes(let number) = parts[1],
                let value = Int(String(decoding: number, as: UTF8.self)), case .bytes(let digits) = parts[2],
                let end = Layout.time(digits)
            else { throw StoreError(.corrupt, "a value is not a counter") }
            return .increment(IncrementOutcome(isApplied: applied == 1, value: value, expiresAt: end))
        // What a script of ours never says tells nothing of what was done.
        default: throw StoreError(request.isChange ? .outcomeUnknown : .corrupt, "a value is not a record")
        }
    }
}
#endif
