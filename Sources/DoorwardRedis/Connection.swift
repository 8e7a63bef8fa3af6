// SPDX-License-Identifier: Apache-2.0

#if Redis
import DoorwardCore

/// A connection that passed all checks, and the requests it carries.
final class Connection: ServerConnection {
    private let link: Link
    private let startUp: StartUp
    private let walks: Walks
    /// By what scripts are called.
    private let hashes: [Script: [UInt8]]
    private var isAbandoned = false
    private var underWay = UnderWay.nothing
    private static let loads = Script.allCases.map { Command("SCRIPT", "LOAD", $0.source) }

    /// Loads the scripts. Redis forgets them when it restarts or is told to.
    init(_ startUp: StartUp, walks: Walks) throws(StoreError) {
        link = try startUp.connect()
        self.startUp = startUp
        self.walks = walks
        try startUp.check(link)
        _ = try link.ask(Self.loads)
        hashes = Dictionary(
            uniqueKeysWithValues: Script.allCases.map { script in
                let digest = HashFunction.sha1.hash(Array(script.source.utf8))
                return (script, Array(Hex.encode(digest).utf8))
            })
    }

    var isLost: Bool { isAbandoned || link.isLost }

    var hasEnded: Bool { link.hasEnded }

    var descriptor: Int32 { link.descriptor }

    /// Whoever tells the time must still be what it was: a replica's reads may be old.
    func serverTime() throws(StoreError) -> Timestamp {
        do throws(StoreError) { try startUp.check(link) } catch {
            isAbandoned = true
            throw error
        }
        let replies = try link.ask([Command("TIME")])
        guard case .array(let parts)? = replies.first, parts.count == 2, case .bytes(let seconds) = parts[0],
            case .bytes(let micros) = parts[1], let seconds = Int64(String(decoding: seconds, as: UTF8.self)),
            let micros = Int64(String(decoding: micros, as: UTF8.self))
        else { throw StoreError(.unavailable, "Redis did not tell its time") }
        return Timestamp(seconds: seconds).advanced(by: .microseconds(micros))
    }

    /// What was asked and is not answered.
    private enum UnderWay {
        case nothing
        /// A command each.
        case each([ServerJob])
        /// Reads, as one command, which costs the server less.
        case together([ServerJob], keys: Int)
        /// The same, of which some are still to be asked alone.
        case partly(Together)
        // These take several steps, so they come alone, on a connection of their own.
        case scan(after: RecordKey?, limit: Int)
        case purge(asked: Timestamp, limit: Int)
    }

    private struct Together {
        let jobs: [ServerJob]
        let answers: [Result<StoreReply, RequestFailure>]
        let alone: [Int]
    }

    func send(_ jobs: [ServerJob], until end: Moment) -> Bool {
        if jobs.count == 1 {
            switch jobs[0].request {
            case .scan(let after, let limit): underWay = .scan(after: after, limit: limit)
            case .purge(let asked, let limit): underWay = .purge(asked: asked, limit: limit)
            default: return sendEach(jobs, until: end)
            }
            return false
        }
        if let keys = Self.keysTogether(jobs) {
            underWay = .together(jobs, keys: keys.count)
            return link.send(Command("MGET", records: keys), until: end)
        }
        return sendEach(jobs, until: end)
    }

    private func sendEach(_ jobs: [ServerJob], until end: Moment) -> Bool {
        underWay = .each(jobs)
        if jobs.count == 1 { return link.send(command(for: jobs[0].request), until: end) }
        return link.send(jobs.map { command(for: $0.request) }, until: end)
    }

    func receive() -> [Result<StoreReply, RequestFailure>] {
        defer { underWay = .nothing }
        switch underWay {
        case .nothing: return []
        case .each(let jobs): return receiveEach(jobs)
        case .together(let jobs, let count):
            let together = link.receive { answersTogether($1, to: jobs, keys: count) }.first
            return together.map(complete) ?? []
        case .partly(let together): return complete(together)
        case .scan(let after, let limit): return [scan(after: after, limit)]
        case .purge(let asked, let limit): return [purge(asked, limit)]
        }
    }

    func receiveAtOnce() -> [Result<StoreReply, RequestFailure>]? {
        var answers: [Result<StoreReply, RequestFailure>]?
        switch underWay {
        case .each(let jobs):
            guard let request = jobs.first?.request, case .read = request else { return nil }
            answers = link.receiveAtOnce { [answer(to: request, $0)] }
        case .together(let jobs, let count):
            guard let together = link.receiveAtOnce({ answersTogether($0, to: jobs, keys: count) }) else { return nil }
            guard together.alone.isEmpty else {
                underWay = .partly(together)
                return nil
            }
            answers = together.answers
        case .nothing, .partly, .scan, .purge: return nil
        }
        if answers != nil { underWay = .nothing }
        return answers
    }

    private func receiveEach(_ jobs: [ServerJob]) -> [Result<StoreReply, RequestFailure>] {
        var forgotten: [Int] = []
        var answers = link.receive { index, reply in
            if reply?.error?.hasPrefix("NOSCRIPT") == true { forgotten.append(index) }
            return answer(to: jobs[index].request, reply)
        }
        if !forgotten.isEmpty {
            // None of these did anything.
            _ = link.run(Self.loads)
            for (index, answer) in zip(forgotten, askEach(forgotten.map { jobs[$0] })) { answers[index] = answer }
        }
        return answers
    }

    private func askEach(_ jobs: [ServerJob]) -> [Result<StoreReply, RequestFailure>] {
        link.send(jobs.map { command(for: $0.request) }, until: link.deadline)
        return link.receive { answer(to: jobs[$0].request, $1) }
    }

    /// `nil` if not all are reads, or their values, of up to 64 KiB each, would be too much at once.
    private static func keysTogether(_ jobs: [ServerJob]) -> [RecordKey]? {
        var keys: [RecordKey] = []
        keys.reserveCapacity(jobs.count)
        for job in jobs {
            guard case .read(let own, _) = job.request, keys.count + own.count <= ContractLimits.keys else { return nil }
            keys += own
        }
        return keys
    }

    /// Of the reply to reads that went together: an answer each, and who is to ask again, alone.
    private func answersTogether(_ reply: Reply?, to jobs: [ServerJob], keys count: Int) -> Together {
        guard let reply, reply.elements?.count == count else {
            let unanswered = jobs.map { answer(to: $0.request, nil) }
            // Each finds out by itself what is wrong.
            if reply?.error != nil { return Together(jobs: jobs, answers: unanswered, alone: Array(jobs.indices)) }
            // Lost, or out of step, and would stay so.
            isAbandoned = true
            return Together(jobs: jobs, answers: unanswered, alone: [])
        }
        var place = 0
        let answers = jobs.map { job in
            guard case .read(let keys, _) = job.request else { return answer(to: job.request, nil) }
            defer { place += keys.count }
            return judged { () throws(StoreError) in .records(try Self.records(of: keys, in: reply, from: place)) }
        }
        // Together with others, what is no text looks as if it were not there.
        let absent = answers.indices.filter { if case .success(.records([nil])) = answers[$0] { true } else { false } }
        return Together(jobs: jobs, answers: answers, alone: absent)
    }

    private func complete(_ together: Together) -> [Result<StoreReply, RequestFailure>] {
        var answers = together.answers
        if !together.alone.isEmpty {
            let jobs = together.alone.map { together.jobs[$0] }
            for (index, answer) in zip(together.alone, askEach(jobs)) { answers[index] = answer }
        }
        return answers
    }

    private func answer(to request: StoreRequest, _ reply: Reply?) -> Result<StoreReply, RequestFailure> {
        guard let reply else { return .failure(.lost("Redis did not answer")) }
        if let text = reply.error {
            if RedisMessage.endsConnection(text) { isAbandoned = true }
            return .failure(.refused(StoreError(redis: text)))
        }
        return judged { () throws(StoreError) in try Self.reply(to: request, reply) }
    }

    private func judged(_ reply: () throws(StoreError) -> StoreReply) -> Result<StoreReply, RequestFailure> {
        do throws(StoreError) {
            return .success(try reply())
        } catch {
            // Replies may be out of step with requests, and would stay so.
            isAbandoned = true
            return .failure(.refused(error))
        }
    }

    private func scan(after: RecordKey?, _ limit: Int) -> Result<StoreReply, RequestFailure> {
        do throws(StoreError) {
            return .success(.page(try walks.page(after: after, limit, on: link)))
        } catch {
            // A walk that lost its connection is asked for again.
            return .failure(link.isLost ? .lost(error.reason) : .refused(error))
        }
    }

    private func purge(_ asked: Timestamp, _ limit: Int) -> Result<StoreReply, RequestFailure> {
        do throws(StoreError) {
            let bound = ContractLimits.purgeBound(asked: asked, storeTime: try serverTime())
            _ = try link.ask([Command("SCRIPT", "LOAD", Script.expire.source)])
            let count = try walks.purge(bound, limit: limit, script: hashes[.expire] ?? [], on: link)
            return .success(.count(count))
        } catch {
            // Some of it may have been done.
            return .failure(.lost(error.reason))
        }
    }

    // MARK: Requests as commands

    private func call(_ script: Script, keys: [[UInt8]]) -> Command {
        Command(calling: hashes[script] ?? [], keys: keys)
    }

    private func command(for request: StoreRequest) -> Command {
        switch request {
        case .read(let keys, _): return Command(keys.count == 1 ? "GET" : "MGET", records: keys)
        case .list(let kind, let partition, let after, let limit, let now):
            var command = call(.list, keys: [Layout.index(kind, partition)])
            command.add(Layout.digits(now))
            command.add(after.map { [UInt8(ascii: "(")] + Layout.name(of: $0) } ?? [UInt8(ascii: "-")])
            command.add("\(limit)".utf8)
            command.add(Layout.record(RecordKey(kind, in: partition, id: .only)))
            return command
        case .commit(let id, let changes, let now):
            var command = call(
                Self.makesRoom(changes) ? .removal : .commit,
                keys: changes.flatMap { [Layout.record($0.key), Layout.index(of: $0.key)] })
            command.add(Layout.digits(now))
            command.add(id.bytes)
            for change in changes { Self.add(change, to: &command) }
            return command
        case .increment(let key, let amount, let ceiling, let expiresAt, let now):
            var command = call(.increment, keys: [Layout.counter(key)])
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

    // MARK: Replies

    /// A record of each key, from a place on. What is no text is as absent.
    private static func records(of keys: [RecordKey], in reply: Reply, from start: Int)
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

    private static func reply(to request: StoreRequest, _ reply: Reply) throws(StoreError) -> StoreReply {
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
