// SPDX-License-Identifier: Apache-2.0

/// A request that waits for its turn in a ``BatchQueue``.
final class QueuedJob<Request: Sendable, Reply: Sendable>: WaitingJob {
    typealias Answer = Result<Reply, QueueRefusal>

    let request: Request
    let deadline: Moment
    let place: QueuePlace
    private let continuation: CheckedContinuation<Answer, Never>

    init(
        request: Request, deadline: Moment, place: QueuePlace,
        continuation: CheckedContinuation<Answer, Never>
    ) {
        self.request = request
        self.deadline = deadline
        self.place = place
        self.continuation = continuation
    }

    func reply(_ answer: Answer) { continuation.resume(returning: answer) }
}
