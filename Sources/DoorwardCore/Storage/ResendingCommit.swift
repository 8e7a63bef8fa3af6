// SPDX-License-Identifier: Apache-2.0

/// How long a commit without an answer is sent again, and how decisions that lost a race are spaced.
public struct RetryPolicy: Sendable {
    /// For how long, on the continuous clock, a commit whose outcome is unknown is sent again, and a decision that
    /// keeps losing races is taken again.
    public var deadline: Duration
    /// Waits before the attempt of that number, from 1. Tests pass one that returns at once.
    package var pause: @Sendable (Int) async -> Void

    public init(deadline: Duration = .seconds(10)) {
        self.deadline = deadline
        pause = { attempt in
            guard attempt > 4 else { return await Task.yield() }
            // A cancelled caller's commit must still be settled, and a failing store spared: a task of its own sleeps.
            let pause = Task.detached {
                try? await Task.sleep(for: .milliseconds(Int.random(in: 1...min(50, attempt))))
            }
            await pause.value
        }
    }
}

extension AuthStore {
    /// Commits, and finds out what became of it when the reply is lost.
    ///
    /// The same commit is sent again until the deadline. If it then conflicts, either it was ours that landed, which a
    /// record in our version shows, or somebody else's. Reading without sending again would prove nothing: the first
    /// request may still be on its way.
    ///
    /// - Throws: `outcomeUnknown` when no answer came until the deadline; other codes as the store's.
    package func commitSurely(
        _ id: CommitID, _ changes: [RecordChange], at now: Timestamp, retry: RetryPolicy
    ) async throws(StoreError) -> CommitOutcome {
        let end = ContinuousClock.now.advanced(by: retry.deadline)
        var attempt = 0
        var mayHaveLanded = false
        while true {
            attempt += 1
            do throws(StoreError) {
                let outcome = try await commit(id, changes, at: now)
                guard mayHaveLanded, outcome != .committed else { return outcome }
                return try await wrote(id, changes, at: now) ? .committed : outcome
            } catch {
                // Once a request may have landed, an error of a later one does not make it unsent.
                mayHaveLanded = mayHaveLanded || error.code == .outcomeUnknown
                guard mayHaveLanded else { throw error }
                guard error.code != .misuse, error.code != .corrupt, ContinuousClock.now < end else {
                    throw StoreError(
                        .outcomeUnknown, "the store did not say whether a change landed", underlying: error)
                }
                await retry.pause(attempt)
            }
        }
    }

    /// Whether a record that the commit writes is there in the commit's own version.
    private func wrote(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp) async throws(StoreError) -> Bool {
        let written = changes.compactMap { change -> RecordKey? in
            switch change {
            case .create(let key, _, _), .replace(let key, _, _, _): key
            case .remove, .require: nil
            }
        }
        guard !written.isEmpty else { return false }
        return try await read(written, at: now).contains { $0?.version == id }
    }
}
