// SPDX-License-Identifier: Apache-2.0

#if SQLite
import DoorwardCore
import GRDB
import Glibc

/// Writes that waited together, in one transaction with one fsync: a savepoint each, and nobody is answered before
/// COMMIT returned.
///
/// What fails by itself is undone by its savepoint. A full disk or an interrupt undoes the whole transaction, what came
/// before in it too; then each is done again by itself, so that none fails for another.
final class GroupCommit {
    typealias Answer = RequestQueue.Answer

    private let database: DatabaseQueue
    private let clock: any WallClock
    private let patience: Patience
    private var statements: WriteStatements?

    init(database: DatabaseQueue, clock: any WallClock, patience: Patience) {
        self.database = database
        self.clock = clock
        self.patience = patience
    }

    /// For how long a group keeps other processes from writing.
    private static let longest = Duration.milliseconds(5)

    func answer(_ requests: [StoreRequest]) -> [Answer] {
        do {
            return try database.writeWithoutTransaction { database in
                let statements = try prepared(on: database)
                var answers: [Answer] = []
                while answers.count < requests.count {
                    if !answers.isEmpty {
                        // The lock is free for a moment: whoever naps in another process gets a turn.
                        sched_yield()
                    }
                    answers += together(Array(requests[answers.count...]), statements)
                }
                return answers
            }
        } catch {
            return requests.map { _ in .failure(StoreError(sqlite: error)) }
        }
    }

    private func prepared(on database: Database) throws -> WriteStatements {
        if let statements { return statements }
        guard let connection = unsafe database.sqliteConnection else {
            throw StoreError(.unavailable, "the database is closed")
        }
        let new = unsafe try WriteStatements(on: connection)
        statements = new
        return new
    }

    /// Answers as many as fit into the time, at least one.
    private func together(_ requests: [StoreRequest], _ statements: WriteStatements) -> [Answer] {
        patience.begin()
        var answers: [Answer] = []
        do throws(StoreError) {
            try statements.beginTransaction()
        } catch {
            // They have all waited for the lock.
            return requests.map { _ in .failure(error) }
        }
        do throws(StoreError) {
            let end = ContinuousClock.now.advanced(by: Self.longest)
            for request in requests {
                answers.append(
                    requests.count == 1
                        ? .success(try perform(request, statements)) : try alone(request, statements))
                if ContinuousClock.now >= end { break }
            }
        } catch {
            return apart(requests.prefix(answers.count + 1), error, statements)
        }
        do throws(StoreError) {
            try statements.commitTransaction()
            return answers
        } catch {
            return apart(requests.prefix(answers.count), error, statements)
        }
    }

    /// Each again by itself, unless there was but one, or what failed was a COMMIT that may have landed.
    private func apart(_ requests: ArraySlice<StoreRequest>, _ error: StoreError, _ statements: WriteStatements)
        -> [Answer]
    {
        statements.rollbackTransaction()
        guard requests.count > 1, error.code != .outcomeUnknown else { return requests.map { _ in .failure(error) } }
        return requests.flatMap { together([$0], statements) }
    }

    /// One write in a savepoint of its own.
    ///
    /// - Throws: What has undone the transaction around.
    private func alone(_ request: StoreRequest, _ statements: WriteStatements) throws(StoreError) -> Answer {
        do throws(StoreError) {
            return .success(try statements.inSavepoint { () throws(StoreError) in try perform(request, statements) })
        } catch {
            guard statements.isInTransaction else { throw error }
            return .failure(error)
        }
    }

    private func perform(_ request: StoreRequest, _ statements: WriteStatements) throws(StoreError) -> StoreReply {
        switch request {
        case .commit(let id, let changes, let now): .commit(try statements.commit(id, changes, at: now))
        case .increment(let key, let amount, let ceiling, let expiresAt, let now):
            .increment(try statements.increment(key, by: amount, ceiling: ceiling, expiresAt: expiresAt, at: now))
        case .purge(let asked, let limit):
            .count(
                try statements.purge(
                    expiredBefore: ContractLimits.purgeBound(asked: asked, storeTime: clock.now()), limit: limit))
        case .read, .list, .scan: throw StoreError(.misuse, "a read came to the writer")
        }
    }
}
#endif
