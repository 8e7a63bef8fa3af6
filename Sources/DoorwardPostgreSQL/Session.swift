// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
import CLibpq
import DoorwardCore
import Glibc

// This file and Rows.swift alone call libpq.

/// What a server said against a statement. May hold names of its own that no reason of ours should.
struct ServerMessage: Error, Sendable {
    /// Five characters, appendix A of PostgreSQL's manual.
    let code: String
    let text: String
    /// Whether the server ended the session with it, so that a commit may have landed.
    let isFatal: Bool
}

/// Why a statement has no rows.
enum StatementFailure: Error {
    /// The transaction was rolled back.
    case refused(ServerMessage)
    case lost(String)
}

/// A statement that is prepared, under its name, when it is first used in a session.
final class PreparedStatement: Sendable {
    /// As C reads it.
    let name: [CChar]
    let sql: String

    init(name: String, sql: String) {
        self.name = Array(name.utf8CString)
        self.sql = sql
    }
}

/// A statement with its parameters.
struct BoundStatement {
    let statement: PreparedStatement
    let parameters: Parameters
}

/// What was sent and is to be answered.
private enum Sent {
    case nothing
    /// One statement, without a pipeline.
    case alone(until: Moment)
    /// Some, in one go.
    case pipeline(Pipeline)
}

private struct Pipeline {
    let statements: [BoundStatement]
    let isShared: Bool
    /// By when all must be answered.
    let end: Moment
}

/// One connection. Everything waits for the socket with a deadline, and what passes it is lost for good.
@safe final class Session {
    private let handle: OpaquePointer
    /// Stays the same while the session lives: libpq is never told to connect anew.
    let descriptor: Int32
    private let timeout: Duration
    /// There are so few that looking through them is quicker than hashing.
    private var prepared: [PreparedStatement] = []
    /// Sent to be prepared, and not known to be.
    private var preparing: [PreparedStatement] = []
    private var sent = Sent.nothing
    /// What has come of a statement that was sent alone.
    private var found: Result<Rows, StatementFailure>?
    private(set) var isLost = false

    /// Connects to the first host of the connection string that takes writes. Blocks.
    init(_ connectionString: Secret, timeout: Duration) throws(StoreError) {
        // What comes before the string is a default, what comes after it is not to be changed by it.
        let seconds = "\(max(2, timeout.components.seconds))"
        let settings: [(String, String)] = [
            ("connect_timeout", seconds), ("tcp_user_timeout", "\(timeout.wholeMilliseconds)"),
            ("keepalives_idle", "30"), ("fallback_application_name", "doorward"),
            ("dbname", String(decoding: connectionString.copyBytes(), as: UTF8.self)),
            ("target_session_attrs", "read-write"), ("client_encoding", "UTF8"),
        ]
        let keys = unsafe settings.map { unsafe UnsafePointer(strdup($0.0)) } + [nil]
        let values = unsafe settings.map { unsafe UnsafePointer(strdup($0.1)) } + [nil]
        defer { unsafe (keys + values).forEach { unsafe free(UnsafeMutablePointer(mutating: $0)) } }
        let opened = unsafe PQconnectdbParams(keys, values, 1)
        guard let opened = unsafe opened else { throw StoreError(.unavailable, "out of memory") }
        guard unsafe PQstatus(opened) == CONNECTION_OK else {
            let reason = unsafe Self.message(opened)
            unsafe PQfinish(opened)
            throw StoreError(.unavailable, "cannot connect to PostgreSQL: \(reason)")
        }
        unsafe handle = opened
        descriptor = unsafe PQsocket(opened)
        self.timeout = timeout
        // Notices are for people at a terminal.
        unsafe PQsetNoticeProcessor(opened, { _, _ in }, nil)
        unsafe PQsetnonblocking(opened, 1)
    }

    deinit { unsafe PQfinish(handle) }

    /// Whether libpq understands it. Its complaint may quote a password, so it is not passed on.
    static func isWellFormed(_ connectionString: Secret) -> Bool {
        let text = String(decoding: connectionString.copyBytes(), as: UTF8.self)
        guard !text.utf8.contains(0), let options = unsafe PQconninfoParse(text, nil) else { return false }
        unsafe PQconninfoFree(options)
        return true
    }

    /// As five or six digits: 150018 is 15.18.
    var serverVersion: Int { Int(unsafe PQserverVersion(handle)) }

    /// Whether the server hung up while nobody asked it anything.
    var hasEnded: Bool {
        // libpq closes a socket that failed; its number may be another's by now.
        guard unsafe PQstatus(handle) == CONNECTION_OK else { return true }
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe Glibc.poll(&poll, 1, 0) != 0 else { return false }
        // What is there to read is a notice, or a farewell.
        guard unsafe PQconsumeInput(handle) == 1 else { return true }
        while let notice = unsafe PQnotifies(handle) { unsafe PQfreemem(notice) }
        return unsafe PQstatus(handle) != CONNECTION_OK || Glibc.poll(&poll, 1, 0) != 0
    }

    /// Runs statements as text, in one transaction unless they say otherwise. Gives the rows of the last.
    func run(_ sql: String) throws(StatementFailure) -> Rows {
        // Parameters in text form would come back as text; without any, a simple query is what takes several statements.
        guard unsafe PQsendQuery(handle, sql) == 1 else { throw lose() }
        let end = deadline
        var rows = Rows()
        var refusal: ServerMessage?
        while true {
            _ = try awaitResult(until: end)
            guard let result = unsafe PQgetResult(handle) else { break }
            let found = unsafe Rows(result)
            switch found.status {
            case PGRES_TUPLES_OK: rows = found
            case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: break
            default: if refusal == nil { refusal = found.refusal }
            }
        }
        if let refusal { throw .refused(try judged(refusal)) }
        return rows
    }

    /// When whatever is asked now must be answered.
    var deadline: Moment { .now.advanced(by: timeout) }

    /// Sends statements, and waits for nothing. Their answers are ``receive(_:)``'s.
    ///
    /// - Parameters:
    ///   - isShared: Whether they are one transaction, which spares the server the ends of the others. Where one is
    ///     refused, those after it are then run again.
    ///   - end: By when they must be answered.
    /// - Returns: Whether the socket took all of it.
    func send(_ statements: [BoundStatement], isShared: Bool, until end: Moment) -> Bool {
        sent = .pipeline(Pipeline(statements: statements, isShared: isShared, end: end))
        return send(statements[...], isShared: isShared)
    }

    /// The same, of one statement. One that the server knows is cheaper without a pipeline.
    func send(_ statement: BoundStatement, until end: Moment) -> Bool {
        guard isPrepared(statement.statement) else { return send([statement], isShared: false, until: end) }
        (sent, found) = (.alone(until: end), nil)
        do throws(StatementFailure) { try send(statement) } catch { return false }
        return unsafe PQflush(handle) == 0
    }

    /// Reads the answers to what was sent.
    ///
    /// - Parameter answer: Makes an answer of what came of a statement. Rows are let go then.
    func receive<Answer>(_ answer: (_ index: Int, Result<Rows, StatementFailure>) -> Answer) -> [Answer] {
        defer { sent = .nothing }
        switch sent {
        case .nothing: return []
        case .alone(let end):
            do throws(StatementFailure) {
                guard !isLost, let outcome = try outcomeAlone(until: end) else { throw lose() }
                return [answer(0, outcome)]
            } catch {
                return [answer(0, .failure(error))]
            }
        case .pipeline(let pipeline): return receive(pipeline, answer)
        }
    }

    private func receive<Answer>(
        _ pipeline: Pipeline, _ answer: (_ index: Int, Result<Rows, StatementFailure>) -> Answer
    ) -> [Answer] {
        let statements = pipeline.statements
        var answers: [Answer] = []
        do throws(StatementFailure) {
            guard !isLost else { throw lose() }
            try receive(statements[...], of: pipeline, answer, &answers)
            // Those that came after one that was refused.
            while answers.count < statements.count {
                guard pipeline.isShared else { throw lose() }
                let (count, left) = (answers.count, statements[answers.count...])
                _ = send(left, isShared: true)
                try receive(left, of: pipeline, answer, &answers)
                guard answers.count > count else { throw lose() }
            }
        } catch {
            for index in answers.count..<statements.count { answers.append(answer(index, .failure(error))) }
        }
        return answers
    }

    /// Reads the answer to a statement that was sent alone, if all of it has come, and waits for nothing.
    func receiveAtOnce<Answer>(_ answer: (Result<Rows, StatementFailure>) -> Answer) -> Answer? {
        guard case .alone = sent, !isLost, let outcome = try? outcomeAlone(until: nil) else { return nil }
        sent = .nothing
        return answer(outcome)
    }

    /// What is lost shows when the answers are read.
    private func send(_ statements: ArraySlice<BoundStatement>, isShared: Bool) -> Bool {
        do throws(StatementFailure) {
            guard unsafe PQenterPipelineMode(handle) == 1 else { throw lose() }
            for (index, statement) in zip(statements.indices, statements) {
                try send(statement)
                if !isShared || index == statements.endIndex - 1 { try endTransaction() }
            }
            return unsafe PQflush(handle) == 0
        } catch {
            return false
        }
    }

    /// Reads answers up to the first that there is none to, because one before it was refused in the same transaction.
    private func receive<Answer>(
        _ statements: ArraySlice<BoundStatement>, of pipeline: Pipeline,
        _ answer: (_ index: Int, Result<Rows, StatementFailure>) -> Answer, _ answers: inout [Answer]
    ) throws(StatementFailure) {
        for (index, bound) in zip(statements.indices, statements) {
            let isLast = !pipeline.isShared || index == statements.endIndex - 1
            let outcome = try outcome(of: bound.statement, isLast: isLast, until: pipeline.end)
            if let outcome, answers.count == index { answers.append(answer(index, outcome)) }
        }
        guard unsafe PQexitPipelineMode(handle) == 1 else { throw lose() }
    }

    private func isPrepared(_ statement: PreparedStatement) -> Bool { prepared.contains { $0 === statement } }

    private func endTransaction() throws(StatementFailure) {
        guard unsafe PQpipelineSync(handle) == 1 else { throw lose() }
    }

    /// For as many parameters as a statement of ours may have.
    private static let areBinary = [Int32](repeating: 1, count: Parameters.most)

    private func send(_ bound: BoundStatement) throws(StatementFailure) {
        let (statement, parameters) = (bound.statement, bound.parameters)
        if !isPrepared(statement) {
            prepared.append(statement)
            preparing.append(statement)
            guard unsafe PQsendPrepare(handle, statement.name, statement.sql, 0, nil) == 1 else { throw lose() }
        }
        // libpq copies them before it returns.
        let isSent = unsafe parameters.withPointers { values, lengths in
            unsafe PQsendQueryPrepared(
                handle, statement.name, Int32(clamping: lengths.count), values.baseAddress, lengths.baseAddress,
                Self.areBinary, 1) == 1
        }
        guard isSent else { throw lose() }
    }

    /// Whether the statement was being prepared, which is over now.
    private func endPreparing(_ statement: PreparedStatement, isPrepared: Bool) -> Bool {
        guard let place = preparing.firstIndex(where: { $0 === statement }) else { return false }
        preparing.remove(at: place)
        // What could not be prepared is tried again.
        if !isPrepared { prepared.removeAll { $0 === statement } }
        return true
    }

    /// Reads what came of a statement that was sent alone: one result, and the end.
    ///
    /// - Parameter end: `nil`: waits for nothing.
    /// - Returns: `nil` if it would have to wait.
    private func outcomeAlone(until end: Moment?) throws(StatementFailure) -> Result<Rows, StatementFailure>? {
        while try awaitResult(until: end) {
            guard let result = unsafe PQgetResult(handle) else {
                guard unsafe PQstatus(handle) == CONNECTION_OK, let found else { throw lose() }
                return found
            }
            let rows = unsafe Rows(result)
            switch rows.status {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK: if found == nil { found = .success(rows) }
            default: found = .failure(.refused(try judged(rows.refusal)))
            }
        }
        return nil
    }

    /// Reads what came of a statement in a pipeline; of the last one of a transaction, up to the transaction's end.
    ///
    /// - Returns: `nil` if it was not looked at, because one before it was refused.
    private func outcome(of statement: PreparedStatement, isLast: Bool, until end: Moment)
        throws(StatementFailure) -> Result<Rows, StatementFailure>?
    {
        var (rows, refusal): (Rows?, ServerMessage?)
        var outcome: Result<Rows, StatementFailure>? { refusal.map { .failure(.refused($0)) } ?? rows.map { .success($0) } }
        var left = preparing.contains { $0 === statement } ? 2 : 1
        while true {
            _ = try awaitResult(until: end)
            // Between the results of two statements there is one `nil`.
            guard let result = unsafe PQgetResult(handle) else {
                guard unsafe PQstatus(handle) == CONNECTION_OK, .now < end else { throw lose() }
                if !isLast, left == 0 { return outcome }
                continue
            }
            let found = unsafe Rows(result)
            left -= 1
            switch found.status {
            case PGRES_PIPELINE_SYNC:
                guard isLast, left <= 0 else { throw lose() }
                return outcome
            case PGRES_TUPLES_OK: if rows == nil { rows = found }
            case PGRES_COMMAND_OK: if !endPreparing(statement, isPrepared: true), rows == nil { rows = found }
            case PGRES_PIPELINE_ABORTED: _ = endPreparing(statement, isPrepared: false)
            default:
                _ = endPreparing(statement, isPrepared: false)
                // It may come after rows: the transaction was refused at its end, when it was to be committed.
                if refusal == nil { refusal = try judged(found.refusal) }
            }
        }
    }

    /// Waits until a result can be taken without blocking, sending what is still to be sent.
    ///
    /// - Parameter end: `nil`: waits for nothing.
    /// - Returns: Whether one can.
    private func awaitResult(until end: Moment?) throws(StatementFailure) -> Bool {
        while true {
            let unsent = unsafe PQflush(handle)
            guard unsent >= 0 else { throw lose() }
            var isBusy = unsafe PQisBusy(handle) == 1
            if unsent == 0, isBusy {
                // What woke us is mostly the whole answer; under TLS it may be waiting in libpq, where no poll sees it.
                guard unsafe PQconsumeInput(handle) == 1 else { throw lose() }
                isBusy = unsafe PQisBusy(handle) == 1
            }
            if unsent == 0, !isBusy { return true }
            guard let end else { return false }
            let events = unsent == 1 ? Int16(POLLIN | POLLOUT) : Int16(POLLIN)
            var poll = pollfd(fd: descriptor, events: events, revents: 0)
            let milliseconds = (end - .now).wholeMilliseconds
            guard milliseconds > 0 else { throw lose() }
            let ready = unsafe Glibc.poll(&poll, 1, Int32(clamping: milliseconds))
            if ready < 0, errno != EINTR { throw lose() }
            guard ready > 0 else { continue }
            if poll.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 {
                guard unsafe PQconsumeInput(handle) == 1 else { throw lose() }
            }
        }
    }

    /// The session is not used again.
    func abandon() { isLost = true }

    private func lose() -> StatementFailure {
        isLost = true
        return .lost("PostgreSQL did not answer")
    }

    /// - Throws: The last words of a server that ends the session say nothing about a commit that was under way.
    private func judged(_ refusal: ServerMessage) throws(StatementFailure) -> ServerMessage {
        if refusal.isFatal || refusal.code.isEmpty { throw lose() }
        return refusal
    }

    /// The first line: later ones are about details. What is quoted may be a part of a password that was put into the
    /// connection string without being escaped.
    private static func message(_ handle: OpaquePointer) -> String {
        let text = unsafe PQerrorMessage(handle).map { unsafe String(cString: $0) } ?? ""
        let line = text.split(separator: "\n").first ?? "no reason given"
        let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.enumerated().map { $0.offset.isMultiple(of: 2) ? String($0.element) : "\"…\"" }.joined()
    }
}
#endif
