// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
import CLibpq
import DoorwardCore
import Glibc

// The one file that calls libpq.

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

extension Result where Failure == StatementFailure {
    fileprivate var isRefused: Bool { if case .failure(.refused) = self { true } else { false } }
    fileprivate var isUnanswered: Bool { if case .failure(.lost) = self { true } else { false } }
}

/// A statement that is prepared when it is first used in a session.
struct PreparedStatement: Hashable, Sendable {
    let name: String
    let sql: String
}

/// A statement with its parameters, all in binary form.
struct BoundStatement {
    let statement: PreparedStatement
    let parameters: [[UInt8]?]
}

/// The columns of a row in binary form, `nil` for NULL.
typealias ServerRow = [[UInt8]?]

/// One connection. Everything waits for the socket with a deadline, and what passes it is lost for good.
@safe final class Session {
    private let handle: OpaquePointer
    private let timeout: Duration
    private var prepared: Set<PreparedStatement> = []
    /// Sent to be prepared, and not known to be.
    private var preparing: Set<PreparedStatement> = []
    private(set) var isLost = false

    /// Connects to the first host of the connection string that takes writes. Blocks.
    init(_ connectionString: Secret, timeout: Duration) throws(StoreError) {
        // What comes before the string is a default, what comes after it is not to be changed by it.
        let seconds = "\(max(2, timeout.components.seconds))"
        let settings: [(String, String)] = [
            ("connect_timeout", seconds), ("tcp_user_timeout", "\(timeout.components.seconds * 1000)"),
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
        var poll = pollfd(fd: unsafe PQsocket(handle), events: Int16(POLLIN), revents: 0)
        guard unsafe Glibc.poll(&poll, 1, 0) != 0 else { return false }
        // What is there to read is a notice, or a farewell.
        guard unsafe PQconsumeInput(handle) == 1 else { return true }
        while let notice = unsafe PQnotifies(handle) { unsafe PQfreemem(notice) }
        return unsafe PQstatus(handle) != CONNECTION_OK || Glibc.poll(&poll, 1, 0) != 0
    }

    /// Runs statements as text, in one transaction unless they say otherwise. Gives the rows of the last.
    func run(_ sql: String) throws(StatementFailure) -> [ServerRow] {
        // Parameters in text form would come back as text; without any, a simple query is what takes several statements.
        guard unsafe PQsendQuery(handle, sql) == 1 else { throw lose() }
        let end = ContinuousClock.now.advanced(by: timeout)
        var rows: [ServerRow] = []
        var refusal: ServerMessage?
        while true {
            try awaitResult(until: end)
            guard let result = unsafe PQgetResult(handle) else { break }
            defer { unsafe PQclear(result) }
            switch unsafe PQresultStatus(result) {
            case PGRES_TUPLES_OK: rows = unsafe Self.rows(result)
            case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: break
            default: if refusal == nil { refusal = unsafe Self.refusal(result) }
            }
        }
        if let refusal { throw judged(refusal) }
        return rows
    }

    /// Sends all statements at once, then reads their answers.
    ///
    /// - Parameter isShared: Whether they are one transaction, which spares the server the ends of the others. Where one
    ///   is refused, those after it are then run again.
    func run(_ statements: [BoundStatement], isShared: Bool) -> [Result<[ServerRow], StatementFailure>] {
        let end = ContinuousClock.now.advanced(by: timeout)
        var answers = runOnce(statements, isShared: isShared, until: end)
        // On a connection that is not lost, those alone are without an answer that came after one that was refused.
        while isShared, !isLost, let next = answers.firstIndex(where: \.isUnanswered) {
            answers = answers[..<next] + runOnce(Array(statements[next...]), isShared: true, until: end)
        }
        return answers
    }

    private func runOnce(_ statements: [BoundStatement], isShared: Bool, until end: ContinuousClock.Instant)
        -> [Result<[ServerRow], StatementFailure>]
    {
        var answers: [Result<[ServerRow], StatementFailure>] = []
        do throws(StatementFailure) {
            guard unsafe PQenterPipelineMode(handle) == 1 else { throw lose() }
            for (index, statement) in statements.enumerated() {
                try send(statement)
                if !isShared || index == statements.count - 1 { try endTransaction() }
            }
            for (index, statement) in statements.enumerated() {
                answers.append(
                    try answer(
                        to: statement.statement, isLast: !isShared || index == statements.count - 1, until: end))
            }
            guard unsafe PQexitPipelineMode(handle) == 1 else { throw lose() }
        } catch {
            isLost = true
        }
        let missing = statements.count - answers.count
        return answers + Array(repeating: .failure(.lost("PostgreSQL did not answer")), count: missing)
    }

    private func endTransaction() throws(StatementFailure) {
        guard unsafe PQpipelineSync(handle) == 1 else { throw lose() }
    }

    private func send(_ bound: BoundStatement) throws(StatementFailure) {
        let statement = bound.statement
        if prepared.insert(statement).inserted {
            preparing.insert(statement)
            guard unsafe PQsendPrepare(handle, statement.name, statement.sql, 0, nil) == 1 else { throw lose() }
        }
        let lengths = bound.parameters.map { Int32($0?.count ?? 0) }
        let formats = bound.parameters.map { _ in Int32(1) }
        // One block for all parameters: libpq copies it before it returns.
        var block: [UInt8] = []
        var offsets: [Int?] = []
        for parameter in bound.parameters {
            offsets.append(parameter == nil ? nil : block.count)
            block += parameter ?? []
        }
        block.append(0)
        let sent = unsafe block.withUnsafeBytes { bytes in
            let base = unsafe bytes.bindMemory(to: CChar.self).baseAddress
            let values = unsafe offsets.map { offset in unsafe offset.flatMap { unsafe base?.advanced(by: $0) } }
            return unsafe PQsendQueryPrepared(
                handle, statement.name, Int32(values.count), values, lengths, formats, 1) == 1
        }
        guard sent else { throw lose() }
    }

    /// Reads what came of a statement; of the last one of a transaction, up to the transaction's end.
    private func answer(to statement: PreparedStatement, isLast: Bool, until end: ContinuousClock.Instant)
        throws(StatementFailure) -> Result<[ServerRow], StatementFailure>
    {
        var outcome: Result<[ServerRow], StatementFailure>?
        var left = preparing.contains(statement) ? 2 : 1
        while true {
            try awaitResult(until: end)
            // Between the results of two statements there is one `nil`.
            guard let result = unsafe PQgetResult(handle) else {
                guard unsafe PQstatus(handle) == CONNECTION_OK, .now < end else { throw lose() }
                if !isLast, left == 0, let outcome { return outcome }
                continue
            }
            defer { unsafe PQclear(result) }
            left -= 1
            switch unsafe PQresultStatus(result) {
            case PGRES_PIPELINE_SYNC:
                guard let outcome else { throw lose() }
                return outcome
            case PGRES_TUPLES_OK: if outcome == nil { outcome = .success(unsafe Self.rows(result)) }
            case PGRES_COMMAND_OK:
                if preparing.remove(statement) == nil, outcome == nil { outcome = .success([]) }
            case PGRES_PIPELINE_ABORTED:
                if outcome == nil { outcome = .failure(.lost("a request before it was refused")) }
                if preparing.remove(statement) != nil { prepared.remove(statement) }
            default:
                // What could not be prepared is tried again.
                if preparing.remove(statement) != nil { prepared.remove(statement) }
                let failure = judged(unsafe Self.refusal(result))
                if case .lost = failure { throw failure }
                // It may come after rows: the transaction was refused at its end, when it was to be committed.
                if outcome?.isRefused != true { outcome = .failure(failure) }
            }
        }
    }

    /// Waits until a result can be taken without blocking, sending what is still to be sent.
    private func awaitResult(until end: ContinuousClock.Instant) throws(StatementFailure) {
        while true {
            let unsent = unsafe PQflush(handle)
            guard unsent >= 0 else { throw lose() }
            var isBusy = unsafe PQisBusy(handle) == 1
            if unsent == 0, isBusy, unsafe PQsslInUse(handle) == 1 || PQgssEncInUse(handle) == 1 {
                // What has come may be waiting in libpq, where no poll sees it.
                guard unsafe PQconsumeInput(handle) == 1 else { throw lose() }
                isBusy = unsafe PQisBusy(handle) == 1
            }
            if unsent == 0, !isBusy { return }
            let events = unsent == 1 ? Int16(POLLIN | POLLOUT) : Int16(POLLIN)
            var poll = pollfd(fd: unsafe PQsocket(handle), events: events, revents: 0)
            let left = end - ContinuousClock.now
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
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

    /// The last words of a server that ends the session say nothing about a commit that was under way.
    private func judged(_ refusal: ServerMessage) -> StatementFailure {
        guard refusal.isFatal || refusal.code.isEmpty else { return .refused(refusal) }
        return lose()
    }

    private static func rows(_ result: OpaquePointer) -> [ServerRow] {
        let columns = unsafe PQnfields(result)
        return (0..<(unsafe PQntuples(result))).map { row in
            (0..<columns).map { column in
                guard unsafe PQgetisnull(result, row, column) == 0, let value = unsafe PQgetvalue(result, row, column)
                else { return nil }
                return unsafe Array(
                    UnsafeRawBufferPointer(start: value, count: Int(PQgetlength(result, row, column))))
            }
        }
    }

    private static func refusal(_ result: OpaquePointer) -> ServerMessage {
        func field(_ code: Character) -> String {
            unsafe PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { unsafe String(cString: $0) } ?? ""
        }
        // Fields: C is the code, M the message, V the severity in English.
        return ServerMessage(code: field("C"), text: field("M"), isFatal: field("V") != "ERROR")
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
