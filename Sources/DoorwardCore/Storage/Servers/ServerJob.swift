// SPDX-License-Identifier: Apache-2.0

/// A request that waits for a server's answer. Whoever has taken it owes that one reply.
package final class ServerJob: WaitingJob {
    package let request: StoreRequest
    let deadline: Moment
    private let continuation: CheckedContinuation<Result<StoreReply, StoreError>, Never>

    init(
        _ request: StoreRequest, deadline: Moment,
        continuation: CheckedContinuation<Result<StoreReply, StoreError>, Never>
    ) {
        self.request = request
        self.deadline = deadline
        self.continuation = continuation
    }

    func reply(_ answer: Result<StoreReply, RequestFailure>) {
        continuation.resume(
            returning: answer.mapError { failure in
                switch failure {
                case .refused(let error): error
                case .lost(let reason): StoreError(request.isChange ? .outcomeUnknown : .unavailable, reason)
                }
            })
    }

    /// It never began.
    func refuse(_ reason: String) { reply(.failure(.refused(StoreError(.unavailable, reason)))) }

    func refuseLate() { refuse("a request waited too long for its turn") }
}
