// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
import DoorwardCore

/// A session that keeps the promises of the store, and the requests it carries.
final class Connection: ServerConnection {
    private let session: Session
    private let statements: Statements
    private let requests: Requests
    private var underWay = UnderWay.nothing
    private static let clock = PreparedStatement(
        name: "clock", sql: "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")

    init(_ session: Session, _ requests: Requests) {
        self.session = session
        statements = Statements(session)
        self.requests = requests
    }

    var isLost: Bool { session.isLost }

    var hasEnded: Bool { session.hasEnded }

    var descriptor: Int32 { session.descriptor }

    func serverTime() throws(StoreError) -> Timestamp {
        let statement = BoundStatement(statement: Self.clock, parameters: Parameters())
        _ = statements.send(statement, until: session.deadline)
        guard case let time?? = statements.receive({ try? $1.get().integer(0, 0) }).first else {
            throw StoreError(.unavailable, "PostgreSQL did not tell its time")
        }
        return Timestamp(milliseconds: time)
    }

    /// What was asked and is not answered.
    private enum UnderWay {
        case nothing
        /// A statement each.
        case each([ServerJob])
        /// Reads, as one statement, which costs the server less than half of what one each would.
        case together([ServerJob], keys: [[RecordKey]], until: Moment)
        /// The same, which the server refused together: one after the other, then.
        case apart([ServerJob], until: Moment)
    }

    func send(_ jobs: [ServerJob], until end: Moment) -> Bool {
        var areReads = false
        if jobs.count > 1 {
            let keys = jobs.compactMap { if case .read(let keys, _) = $0.request { keys } else { nil } }
            areReads = keys.count == jobs.count
            // Values have up to 64 KiB each, and are in memory together.
            if areReads, keys.reduce(0, { $0 + $1.count }) <= ContractLimits.keys {
                underWay = .together(jobs, keys: keys, until: end)
                return statements.send(requests.statement(for: keys.flatMap { $0 }), until: end)
            }
        }
        underWay = .each(jobs)
        if jobs.count == 1 { return statements.send(requests.statement(for: jobs[0].request), until: end) }
        return statements.send(bound(jobs), isShared: areReads, until: end)
    }

    private func bound(_ jobs: [ServerJob]) -> [BoundStatement] {
        jobs.map { requests.statement(for: $0.request) }
    }

    func receive() -> [Result<StoreReply, RequestFailure>] {
        defer { underWay = .nothing }
        switch underWay {
        case .nothing: return []
        case .each(let jobs): return statements.receive { answer(to: jobs[$0], $1) }
        case .together(let jobs, let keys, let end):
            guard let found = statements.receive({ answersTogether($1, to: jobs, keys: keys) }).first else { return [] }
            return found ?? receiveApart(jobs, until: end)
        case .apart(let jobs, let end): return receiveApart(jobs, until: end)
        }
    }

    func receiveAtOnce() -> EarlyAnswers {
        guard !session.isEncrypted else { return .none }
        var answers: [Result<StoreReply, RequestFailure>]?
        switch underWay {
        case .each(let jobs):
            guard let job = jobs.first, case .read = job.request else { return .none }
            answers = statements.receiveAtOnce { [answer(to: job, $0)] }
        case .together(let jobs, let keys, let end):
            guard let found = statements.receiveAtOnce({ answersTogether($0, to: jobs, keys: keys) }) else {
                return nothingYet
            }
            guard let found else {
                underWay = .apart(jobs, until: end)
                return .begun
            }
            answers = found
        case .nothing, .apart: return .none
        }
        guard let answers else { return nothingYet }
        underWay = .nothing
        return .all(answers)
    }

    private var nothingYet: EarlyAnswers { session.isLost ? .begun : .none }

    /// `nil` if each is to ask alone: what the server cannot read must spoil nobody else's answer.
    private func answersTogether(_ rows: Result<Rows, StatementFailure>, to jobs: [ServerJob], keys: [[RecordKey]])
        -> [Result<StoreReply, RequestFailure>]?
    {
        switch rows {
        case .success(let rows): return requests.replies(to: keys, in: rows).map { $0.mapError { .refused($0) } }
        case .failure(.refused(let message)) where message.isAboutData: return nil
        case .failure(let failure):
            let failure = judge(failure)
            return jobs.map { _ in .failure(failure) }
        }
    }

    private func receiveApart(_ jobs: [ServerJob], until end: Moment) -> [Result<StoreReply, RequestFailure>] {
        _ = statements.send(bound(jobs), isShared: true, until: end)
        return statements.receive { answer(to: jobs[$0], $1) }
    }

    private func answer(to job: ServerJob, _ rows: Result<Rows, StatementFailure>) -> Result<StoreReply, RequestFailure>
    {
        switch rows {
        case .success(let rows):
            do throws(StoreError) { return .success(try requests.reply(to: job.request, rows)) } catch {
                return .failure(.refused(error))
            }
        case .failure(let failure): return .failure(judge(failure))
        }
    }

    private func judge(_ failure: StatementFailure) -> RequestFailure {
        switch failure {
        case .lost(let reason): return .lost(reason)
        case .refused(let message):
            if message.endsSession { session.abandon() }
            return .refused(StoreError(message))
        }
    }
}

extension ServerMessage {
    /// The server is no longer what it was when the session passed its checks: the next one may find the right server, or
    /// the tables as they are now.
    fileprivate var endsSession: Bool {
        ["25006", "0A000", "42P01", "42883", "3F000", "25000", "26000"].contains(code)
    }

    /// Whether it may be about one row alone: one that is damaged, cannot be read from the disk, or does not fit into
    /// memory.
    fileprivate var isAboutData: Bool {
        ["XX", "58", "22"].contains { code.hasPrefix($0) } || code == "53200"
    }
}

extension StoreError {
    /// What a refusal means, and what to do about it. The transaction was rolled back.
    init(_ message: ServerMessage) {
        let reason =
            switch message.code {
            case "25006": "this PostgreSQL server takes no writes: is it a replica, or set read-only?"
            case "42501": "the database role lacks a privilege: \(message.text)"
            case "3F000", "42P01", "42883", "42703":
                "the store's tables or functions are missing: was a migration cut short, or the schema dropped?"
            case "25000": "the session left READ COMMITTED: a pooler that shares sessions cannot be used"
            case "53100": "the disk of the PostgreSQL server is full"
            case "53200": "the PostgreSQL server is out of memory"
            case "53300": "the PostgreSQL server has no connection left: raise max_connections"
            case "55P03", "57014": "PostgreSQL gave up a request that waited too long"
            case "23514": "PostgreSQL refused a value that breaks a constraint of the store's tables"
            default: "PostgreSQL refused a request with code \(message.code)"
            }
        self.init(message.code.hasPrefix("XX") ? .corrupt : .unavailable, reason, underlying: message)
    }

    /// What a failure of a statement of our own, outside any request, means.
    init(_ failure: StatementFailure) {
        switch failure {
        case .refused(let message): self.init(message)
        case .lost(let reason): self.init(.unavailable, reason)
        }
    }
}
#endif
