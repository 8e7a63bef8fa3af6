// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
import DoorwardCore

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

/// The statements of a session: those that were prepared on it, and those that were sent and are not answered.
final class Statements {
    private let session: Session
    /// There are so few that looking through them is quicker than hashing.
    private var prepared: [PreparedStatement] = []
    /// Sent to be prepared, and not known to be.
    private var preparing: [PreparedStatement] = []
    private var sent = Sent.nothing
    /// What has come of a statement that was sent alone.
    private var found: Result<Rows, StatementFailure>?

    init(_ session: Session) { self.session = session }

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
        do throws(StatementFailure) { try session.send(statement) } catch { return false }
        return session.flush()
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
                guard !session.isLost, let outcome = try outcomeAlone(until: end) else { throw session.lose() }
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
            guard !session.isLost else { throw session.lose() }
            try receive(statements[...], of: pipeline, answer, &answers)
            // Those that came after one that was refused.
            while answers.count < statements.count {
                guard pipeline.isShared, !session.isLost else { throw session.lose() }
                let (count, left) = (answers.count, statements[answers.count...])
                _ = send(left, isShared: true)
                try receive(left, of: pipeline, answer, &answers)
                guard answers.count > count else { throw session.lose() }
            }
        } catch {
            for index in answers.count..<statements.count { answers.append(answer(index, .failure(error))) }
        }
        return answers
    }

    /// Reads the answer to a statement that was sent alone, if all of it has come, and waits for nothing.
    func receiveAtOnce<Answer>(_ answer: (Result<Rows, StatementFailure>) -> Answer) -> Answer? {
        guard case .alone = sent, !session.isLost, let outcome = try? outcomeAlone(until: nil) else { return nil }
        sent = .nothing
        return answer(outcome)
    }

    /// What is lost shows when the answers are read.
    private func send(_ statements: ArraySlice<BoundStatement>, isShared: Bool) -> Bool {
        do throws(StatementFailure) {
            try session.enterPipeline()
            for (index, bound) in zip(statements.indices, statements) {
                if !isPrepared(bound.statement) {
                    prepared.append(bound.statement)
                    preparing.append(bound.statement)
                    try session.prepare(bound.statement)
                }
                try session.send(bound)
                if !isShared || index == statements.endIndex - 1 { try session.endTransaction() }
            }
            return session.flush()
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
        try session.exitPipeline()
    }

    private func isPrepared(_ statement: PreparedStatement) -> Bool { prepared.contains { $0 === statement } }

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
        while let next = try session.nextResult(until: end) {
            guard case .rows(let rows) = next else {
                guard let outcome = found else { throw session.lose() }
                found = nil
                return outcome
            }
            switch rows.sort {
            case .rows, .done: if found == nil { found = .success(rows) }
            case .refusal: found = .failure(.refused(try session.judged(rows.refusal)))
            case .sync, .skipped: throw session.lose()
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
        var outcome: Result<Rows, StatementFailure>? {
            refusal.map { .failure(.refused($0)) } ?? rows.map { .success($0) }
        }
        var left = preparing.contains { $0 === statement } ? 2 : 1
        while let next = try session.nextResult(until: end) {
            // Between the results of two statements there is one end.
            guard case .rows(let found) = next else {
                guard .now < end else { throw session.lose() }
                if !isLast, left == 0 { return outcome }
                continue
            }
            left -= 1
            switch found.sort {
            case .sync:
                guard isLast, left < 0 else { throw session.lose() }
                return outcome
            case .rows: if rows == nil { rows = found }
            case .done: if !endPreparing(statement, isPrepared: true), rows == nil { rows = found }
            case .skipped: _ = endPreparing(statement, isPrepared: false)
            case .refusal:
                _ = endPreparing(statement, isPrepared: false)
                // It may come after rows: the transaction was refused at its end, when it was to be committed.
                if refusal == nil { refusal = try session.judged(found.refusal) }
            }
        }
        throw session.lose()
    }
}
#endif
