// SPDX-License-Identifier: Apache-2.0

#if SQLite
import DoorwardCore

/// Requests that wait for the writer's thread, which may block.
///
/// A request settles something, so it does not end with its caller's task.
final class RequestQueue: Sendable {
    typealias Answer = Result<StoreReply, StoreError>

    private let queue: BatchQueue<StoreRequest, Answer>
    private let patience: Duration

    /// - Parameters:
    ///   - patience: How long a request may wait for its turn; beyond it, `unavailable`.
    ///   - makeWorker: Called once on each thread; answers that thread's batches, in order.
    init(
        name: String, threads: Int, batchLimit: Int, patience: Duration,
        makeWorker: @escaping @Sendable () -> ([StoreRequest]) -> [Answer]
    ) {
        self.patience = patience
        var configuration = BatchQueue<StoreRequest, Answer>.Configuration(
            name: name, threads: threads, capacity: 4096)
        configuration.batchLimit = batchLimit
        queue = BatchQueue(configuration, makeWorker: makeWorker)
    }

    func answer(_ request: StoreRequest) async throws(StoreError) -> StoreReply {
        guard let place = queue.admit() else { throw StoreError(.unavailable, "too many requests are waiting") }
        let answer: Answer
        do throws(QueueRefusal) {
            answer = try await queue.run(
                request, in: place, deadline: .now.advanced(by: patience), isCancellable: false)
        } catch {
            throw StoreError(.unavailable, "a request waited too long for its turn")
        }
        return try answer.get()
    }
}
#endif
