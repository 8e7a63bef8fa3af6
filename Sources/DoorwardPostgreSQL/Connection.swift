// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
import DoorwardCore

/// A session that keeps the promises of the store, and the requests it carries.
final class Connection: ServerConnection {
    private let session: Session
    private let requests: Requests
    private static let clock = PreparedStatement(
        name: "clock", sql: "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")

    init(_ session: Session, _ requests: Requests) {
        self.session = session
        self.requests = requests
    }

    var isLost: Bool { session.isLost }

    var hasEnded: Bool { session.hasEnded }

    func serverTime() throws(StoreError) -> Timestamp {
        let statement = BoundStatement(statement: Self.clock, parameters: Parameters())
        let answer = session.run([statement], isShared: true, until: session.deadline) { $1.integer(0, 0) }.first
        guard case .success(let time?)? = answer else {
            throw StoreError(.unavailable, "PostgreSQL did not tell its time")
        }
        return Timestamp(milliseconds: time)
    }

    func answer(_ requests: [StoreRequest]) -> [Result<StoreReply, RequestFailure>] {
        let end = session.deadline
        let keys = requests.compactMap { if case .read(let keys, _) = $0 { keys } else { nil } }
        let areReads = keys.count == requests.count
        if areReads, requests.count > 1, let answers = answerTogether(keys, until: end) { return answers }
        return session.run(requests.map(self.requests.statement(for:)), isShared: areReads, until: end) { index, rows in
            Result { () throws(StoreError) in try self.requests.reply(to: requests[index], rows) }
        }.map { answer in
            switch answer {
            case .success(let reply): reply.mapError { .refused($0) }
            case .failure(let failure): .failure(judge(failure))
            }
        }
    }

    /// Reads as one statement, which costs the server less than half of what one each would.
    ///
    /// - Returns: `nil` if it would be too much at once, or holds what the server cannot read: that must spoil nobody
    ///   else's answer.
    private func answerTogether(_ keys: [[RecordKey]], until end: ContinuousClock.Instant)
        -> [Result<StoreReply, RequestFailure>]?
    {
        let all = keys.flatMap { $0 }
        // Values have up to 64 KiB each.
        guard all.count <= ContractLimits.keys else { return nil }
        let answer = session.run([requests.statement(for: all)], isShared: true, until: end) {
            requests.replies(to: keys, in: $1)
        }
        switch answer.first {
        case .success(let replies)?: return replies.map { reply in reply.mapError { .refused($0) } }
        case .failure(.refused(let message))? where message.isAboutData: return nil
        case .failure(let failure)?:
            let failure = judge(failure)
            return keys.map { _ in .failure(failure) }
        case nil: return nil
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
