// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A request that waits for its turn. Whoever moves it out of waiting owes its one reply.
final class QueuedJob<Request: Sendable, Reply: Sendable>: Sendable {
    typealias Continuation = CheckedContinuation<Result<Reply, QueueRefusal>, Never>

    private enum Phase {
        case fresh
        case waiting(Continuation)
        case settled
    }

    let request: Request
    let deadline: ContinuousClock.Instant
    private let place: QueuePlace
    private let phase = Mutex(Phase.fresh)

    init(request: Request, deadline: ContinuousClock.Instant, place: QueuePlace) {
        self.request = request
        self.deadline = deadline
        self.place = place
    }

    /// `false` if the caller was cancelled before the job began to wait.
    func wait(with continuation: Continuation) -> Bool {
        phase.withLock { phase in
            guard case .fresh = phase else { return false }
            phase = .waiting(continuation)
            return true
        }
    }

    /// The right and duty to reply, for one taker only. The place is free from then on.
    func take() -> Continuation? {
        let continuation: Continuation? = phase.withLock { phase in
            defer { phase = .settled }
            guard case .waiting(let continuation) = phase else { return nil }
            return continuation
        }
        place.release()
        return continuation
    }

    func refuse(_ refusal: QueueRefusal) { take()?.resume(returning: .failure(refusal)) }
}
