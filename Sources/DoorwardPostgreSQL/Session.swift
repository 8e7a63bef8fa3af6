// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
import CLibpq
import DoorwardCore
import Glibc

// This file and Rows.swift alone call libpq.

/// What came of a statement, or that this was all.
enum NextResult {
    case rows(Rows)
    case end
}

/// One connection. Everything waits for the socket with a deadline, and what passes it is lost for good.
@safe final class Session {
    private let handle: OpaquePointer
    /// Stays the same while the session lives: libpq is never told to connect anew.
    let descriptor: Int32
    private let timeout: Duration
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

    /// Whether what has come may wait within libpq, where no descriptor shows it.
    var isEncrypted: Bool { unsafe PQsslInUse(handle) == 1 || PQgssEncInUse(handle) == 1 }

    /// As five or six digits: 150018 is 15.18.
    var serverVersion: Int { Int(unsafe PQserverVersion(handle)) }

    /// Whether the server hung up while nobody asked it anything.
    var hasEnded: Bool {
        // What came behind an answer is not the next one: libpq, which waits for nothing, throws it away when asked.
        _ = unsafe PQisBusy(handle)
        // It closes a socket that failed, whose number may be another's by now.
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
        while case .rows(let found)? = try nextResult(until: end) {
            switch found.sort {
            case .rows: rows = found
            case .done: break
            case .refusal, .skipped, .sync: if refusal == nil { refusal = found.refusal }
            }
        }
        if let refusal { throw .refused(try judged(refusal)) }
        return rows
    }

    /// When whatever is asked now must be answered.
    var deadline: Moment { .now.advanced(by: timeout) }

    // MARK: What statements are made of

    func enterPipeline() throws(StatementFailure) {
        guard unsafe PQenterPipelineMode(handle) == 1 else { throw lose() }
    }

    func endTransaction() throws(StatementFailure) {
        guard unsafe PQpipelineSync(handle) == 1 else { throw lose() }
    }

    func exitPipeline() throws(StatementFailure) {
        guard unsafe PQexitPipelineMode(handle) == 1 else { throw lose() }
    }

    func prepare(_ statement: PreparedStatement) throws(StatementFailure) {
        guard unsafe PQsendPrepare(handle, statement.name, statement.sql, 0, nil) == 1 else { throw lose() }
    }

    /// For as many parameters as a statement of ours may have.
    private static let areBinary = [Int32](repeating: 1, count: Parameters.most)

    func send(_ bound: BoundStatement) throws(StatementFailure) {
        // libpq copies them before it returns.
        let isSent = unsafe bound.parameters.withPointers { values, lengths in
            unsafe PQsendQueryPrepared(
                handle, bound.statement.name, Int32(clamping: lengths.count), values.baseAddress, lengths.baseAddress,
                Self.areBinary, 1) == 1
        }
        guard isSent else { throw lose() }
    }

    /// - Returns: Whether the socket has taken everything.
    func flush() -> Bool { unsafe PQflush(handle) == 0 }

    /// The next result; `nil` if it has not come.
    ///
    /// - Parameter end: Waits until then; `nil`: not at all.
    func nextResult(until end: Moment?) throws(StatementFailure) -> NextResult? {
        guard try awaitResult(until: end) else { return nil }
        if let result = unsafe PQgetResult(handle) { return unsafe .rows(Rows(result)) }
        guard unsafe PQstatus(handle) == CONNECTION_OK else { throw lose() }
        return .end
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

    func lose() -> StatementFailure {
        isLost = true
        return .lost("PostgreSQL did not answer")
    }

    /// - Throws: The last words of a server that ends the session say nothing about a commit that was under way.
    func judged(_ refusal: ServerMessage) throws(StatementFailure) -> ServerMessage {
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
