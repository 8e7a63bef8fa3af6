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
        let answer = session.run([BoundStatement(statement: Self.clock, parameters: [])], isShared: true).first
        guard case .success(let rows)? = answer, let time = Wire.integer(rows.first?.first ?? nil) else {
            throw StoreError(.unavailable, "PostgreSQL did not tell its time")
        }
        return Timestamp(milliseconds: time)
    }

    func answer(_ all: [StoreRequest]) -> [Result<StoreReply, RequestFailure>] {
        let areReads = all.allSatisfy { if case .read = $0 { true } else { false } }
        let answers = session.run(all.map(requests.statement(for:)), isShared: areReads)
        return zip(all, answers).map { request, answer in
            switch answer {
            case .success(let rows):
                do throws(StoreError) {
                    return .success(try requests.reply(to: request, rows))
                } catch { return .failure(.refused(error)) }
            case .failure(.lost(let reason)): return .failure(.lost(reason))
            case .failure(.refused(let message)):
                if message.endsSession { session.abandon() }
                return .failure(.refused(StoreError(message)))
            }
        }
    }
}

extension ServerMessage {
    /// The server is no longer what it was when the session passed its checks: the next one may find the right server, or
    /// the tables as they are now.
    fileprivate var endsSession: Bool { ["25006", "0A000", "42P01", "42883", "3F000", "25000"].contains(code) }
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
