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
struct GroupCommit {
    typealias Answer = RequestQueue.Answer

    let database: DatabaseQueue
    let clock: any WallClock
    let patience: Patience

    /// For how long a group keeps other processes from writing.
    private static let longest = Duration.milliseconds(5)

    func answer(_ requests: [StoreRequest]) -> [Answer] {
        var answers: [Answer] = []
        while answers.count < requests.count {
            if !answers.isEmpty {
                // The lock is free for a moment: whoever naps in another process gets a turn.
                sched_yield()
            }
            answers += together(Array(requests[answers.count...]))
        }
        return answers
    }

    /// Answers as many as fit into the time, at least one.
    private func together(_ requests: [StoreRequest]) -> [Answer] {
        patience.begin()
        var answers: [Answer] = []
        var (hasBegun, isCommitting) = (false, false)
        do {
            try database.writeWithoutTransaction { database in
                try database.beginTransaction(.immediate)
                hasBegun = true
                let end = ContinuousClock.now.advanced(by: Self.longest)
                do {
                    for request in requests {
                        answers.append(try alone(request, on: database))
                        if ContinuousClock.now >= end { break }
                    }
                    isCommitting = true
                    try database.commit()
                } catch {
                    // What is not over by the error is over now: the connection is ready for the next group.
                    if database.isInsideTransaction { try? database.rollback() }
                    throw error
                }
            }
            return answers
        } catch {
            let failure = StoreError(sqlite: error, whileCommitting: isCommitting)
            // Without the lock none was tried; they have all waited for it.
            let tried = !hasBegun ? requests.count : isCommitting ? answers.count : answers.count + 1
            // A COMMIT that may have landed must not be done again; nor is there anything to be gained for one alone.
            guard hasBegun, tried > 1, failure.code != .outcomeUnknown else {
                return Array(repeating: .failure(failure), count: tried)
            }
            return requests.prefix(tried).flatMap { together([$0]) }
        }
    }

    /// One write in a savepoint of its own.
    ///
    /// - Throws: What has undone the transaction around.
    private func alone(_ request: StoreRequest, on database: Database) throws -> Answer {
        do {
            try database.cachedStatement(sql: "SAVEPOINT one").execute()
            let reply = try perform(request, on: database)
            try database.cachedStatement(sql: "RELEASE one").execute()
            return .success(reply)
        } catch {
            guard database.isInsideTransaction else { throw error }
            try database.execute(sql: "ROLLBACK TO one; RELEASE one")
            return .failure(StoreError(sqlite: error))
        }
    }

    private func perform(_ request: StoreRequest, on database: Database) throws -> StoreReply {
        switch request {
        case .commit(let id, let changes, let now):
            .commit(try Statements.commit(id, changes, at: now, on: database))
        case .increment(let key, let amount, let ceiling, let expiresAt, let now):
            .increment(
                try Statements.increment(
                    key, by: amount, ceiling: ceiling, expiresAt: expiresAt, at: now, on: database))
        case .purge(let asked, let limit):
            .count(
                try Statements.purge(
                    expiredBefore: ContractLimits.purgeBound(asked: asked, storeTime: clock.now()), limit: limit,
                    on: database))
        case .read, .list, .scan: throw StoreError(.misuse, "a read came to the writer")
        }
    }
}
#endif
