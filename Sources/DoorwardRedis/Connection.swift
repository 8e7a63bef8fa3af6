// SPDX-License-Identifier: Apache-2.0

#if Redis
import DoorwardCore

/// A connection that passed all checks, and the requests it carries.
final class Connection: ServerConnection {
    private let link: Link
    private let startUp: StartUp
    private let walks: Walks
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
        if jobs.count == 1 { return link.send(Requests.command(for: jobs[0].request), until: end) }
        return link.send(jobs.map { Requests.command(for: $0.request) }, until: end)
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

    func receiveAtOnce() -> EarlyAnswers {
        switch underWay {
        case .each(let jobs):
            guard let request = jobs.first?.request, case .read = request else { return .none }
            guard let answer = link.receiveAtOnce({ answer(to: request, $0) }) else { return nothingYet }
            underWay = .nothing
            return .all([answer])
        case .together(let jobs, let count):
            guard let together = link.receiveAtOnce({ answersTogether($0, to: jobs, keys: count) }) else {
                return nothingYet
            }
            guard together.alone.isEmpty, !isLost else {
                underWay = .partly(together)
                return .begun
            }
            underWay = .nothing
            return .all(together.answers)
        case .nothing, .partly, .scan, .purge: return .none
        }
    }

    private var nothingYet: EarlyAnswers { isLost ? .begun : .none }

    private func receiveEach(_ jobs: [ServerJob]) -> [Result<StoreReply, RequestFailure>] {
        var forgotten: [Int] = []
        var answers = link.receive { index, reply in
            if reply?.error?.hasPrefix("NOSCRIPT") == true { forgotten.append(index) }
            return answer(to: jobs[index].request, reply)
        }
        // None of these did anything.
        if !forgotten.isEmpty, !isLost {
            let again = askEach(forgotten.map { jobs[$0] }, after: Self.loads)
            for (index, answer) in zip(forgotten, again) { answers[index] = answer }
        }
        return answers
    }

    /// Within the time of what was asked before.
    private func askEach(_ jobs: [ServerJob], after others: [Command] = []) -> [Result<StoreReply, RequestFailure>] {
        link.send(others + jobs.map { Requests.command(for: $0.request) }, until: link.end)
        return link.receive { index, reply in
            index < others.count ? nil : answer(to: jobs[index - others.count].request, reply)
        }.compactMap { $0 }
    }

    /// `nil` if not all are reads, or their values, of up to 64 KiB each, would be too much at once.
    private static func keysTogether(_ jobs: [ServerJob]) -> [RecordKey]? {
        var keys: [RecordKey] = []
        keys.reserveCapacity(jobs.count)
        for job in jobs {
            guard case .read(let own, _) = job.request, keys.count + own.count <= ContractLimits.keys else {
                return nil
            }
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
            return judged { () throws(StoreError) in .records(try Requests.records(of: keys, in: reply, from: place)) }
        }
        // Together with others, what is no text looks as if it were not there.
        let absent = answers.indices.filter { if case .success(.records([nil])) = answers[$0] { true } else { false } }
        return Together(jobs: jobs, answers: answers, alone: absent)
    }

    private func complete(_ together: Together) -> [Result<StoreReply, RequestFailure>] {
        let (jobs, alone) = (together.jobs, together.alone)
        var answers = together.answers
        guard !alone.isEmpty else { return answers }
        let asked = isLost ? alone.map { answer(to: jobs[$0].request, nil) } : askEach(alone.map { jobs[$0] })
        for (index, answer) in zip(alone, asked) { answers[index] = answer }
        return answers
    }

    private func answer(to request: StoreRequest, _ reply: Reply?) -> Result<StoreReply, RequestFailure> {
        guard let reply else { return .failure(.lost("Redis did not answer")) }
        if let text = reply.error {
            if RedisMessage.endsConnection(text) { isAbandoned = true }
            return .failure(.refused(StoreError(redis: text)))
        }
        return judged { () throws(StoreError) in try Requests.reply(to: request, reply) }
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
            let count = try walks.purge(bound, limit: limit, on: link)
            return .success(.count(count))
        } catch {
            // Some of it may have been done.
            return .failure(.lost(error.reason))
        }
    }
}
#endif
