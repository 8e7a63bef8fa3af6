// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Why a queue did not do a job. The job never began.
package enum QueueRefusal: Error, Hashable, Sendable {
    /// The queue is full, the deadline passed, or no thread could be had.
    case overloaded
    /// The caller's task was cancelled.
    case cancelled
}

/// Work that blocks, done by threads of our own: a bounded queue with a deadline, from which a thread takes a batch at a
/// time and answers each job.
///
/// A caller first takes a *place*, which bounds how many may wait, then waits its turn with it. *Exactly once:* whoever
/// moves a job out of waiting (a thread, the deadline, a cancellation) owes its one reply. A job that a thread has taken
/// runs to its end, whatever becomes of the caller, and owns its input.
package final class BatchQueue<Request: Sendable, Reply: Sendable>: Sendable {
    package struct Configuration: Sendable {
        package var name: String
        package var threads: Int
        /// Places: jobs that wait or are about to. Those that run do not count.
        package var capacity: Int
        package var batchLimit = 1
        /// What all jobs under way may cost together. The first in the queue waits for room, and the others behind it.
        package var budget = Int.max
        package var cost: @Sendable (Request) -> Int = { _ in 0 }
        /// Above zero, replies leave from a thread of their own at normal priority.
        package var niceness: Int32 = 0

        package init(name: String, threads: Int, capacity: Int) {
            self.name = name
            self.threads = max(1, threads)
            self.capacity = max(1, capacity)
        }
    }

    private let core: QueueCore<Request, Reply>
    private let places: PlaceCounter
    private let started = Mutex(false)

    /// - Parameter process: Does a batch, in order, on a thread of the queue; answers each request.
    package init(_ configuration: Configuration, process: @escaping @Sendable ([Request]) -> [Reply]) {
        core = QueueCore(configuration: configuration, process: process)
        places = PlaceCounter(capacity: configuration.capacity)
    }

    // The threads hold the core, never the queue; so this runs, and ends them.
    deinit { core.close() }

    /// A place in the queue, or `nil` if it is full or that source holds its share already.
    ///
    /// - Parameter source: Whoever asks; no source may hold more than a quarter of the places.
    package func admit(source: [UInt8]? = nil) -> QueuePlace? { places.take(for: source) }

    /// Waits for the turn of a place and gives the reply. The place is free again once the job is taken or refused.
    ///
    /// - Parameter isCancellable: Whether a job that still waits ends with its caller's task. What settles an account
    ///   must not.
    package func run(
        _ request: Request, in place: QueuePlace, deadline: ContinuousClock.Instant, isCancellable: Bool = true
    ) async throws(QueueRefusal) -> Reply {
        guard startThreads() else { throw .overloaded }
        let job = QueuedJob<Request, Reply>(request: request, deadline: deadline, place: place)
        let result: Result<Reply, QueueRefusal> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard job.wait(with: continuation) else { return continuation.resume(returning: .failure(.cancelled)) }
                core.append(job)
            }
        } onCancel: {
            guard isCancellable else { return }
            job.refuse(.cancelled)
            core.discard(job)
        }
        return try result.get()
    }

    /// Threads start with the first job, not with the queue.
    private func startThreads() -> Bool {
        started.withLock { started in
            if !started { started = core.start() }
            return started
        }
    }
}

/// A place in a queue. Given back by ``release()`` or with its last reference.
package final class QueuePlace: Sendable {
    private let isHeld = Mutex(true)
    private let source: [UInt8]?
    private let counter: PlaceCounter

    fileprivate init(source: [UInt8]?, counter: PlaceCounter) {
        self.source = source
        self.counter = counter
    }

    deinit { release() }

    package func release() {
        let wasHeld = isHeld.withLock { held in
            defer { held = false }
            return held
        }
        if wasHeld { counter.giveBack(source) }
    }
}

private final class PlaceCounter: Sendable {
    private struct State {
        var taken = 0
        var bySource: [[UInt8]: Int] = [:]
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) { self.capacity = capacity }

    func take(for source: [UInt8]?) -> QueuePlace? {
        let isTaken = state.withLock { state in
            guard state.taken < capacity else { return false }
            if let source {
                guard state.bySource[source, default: 0] < max(1, capacity / 4) else { return false }
                state.bySource[source, default: 0] += 1
            }
            state.taken += 1
            return true
        }
        return isTaken ? QueuePlace(source: source, counter: self) : nil
    }

    func giveBack(_ source: [UInt8]?) {
        state.withLock { state in
            state.taken -= 1
            guard let source, let held = state.bySource[source] else { return }
            state.bySource[source] = held > 1 ? held - 1 : nil
        }
    }
}

private final class QueuedJob<Request: Sendable, Reply: Sendable>: Sendable {
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

/// What the threads hold.
private final class QueueCore<Request: Sendable, Reply: Sendable>: Sendable {
    private typealias Job = QueuedJob<Request, Reply>
    private typealias Answer = @Sendable () -> Void

    private struct State {
        var jobs: [QueuedJob<Request, Reply>] = []
        var isClosed = false
        var liveThreads = 0
        /// The cost of what is under way.
        var spent = 0
    }

    private struct Outbox {
        var answers: [@Sendable () -> Void] = []
        var isClosed = false
    }

    private let configuration: BatchQueue<Request, Reply>.Configuration
    private let process: @Sendable ([Request]) -> [Reply]
    private let state = Monitor(State())
    private let outbox = Monitor(Outbox())

    init(
        configuration: BatchQueue<Request, Reply>.Configuration, process: @escaping @Sendable ([Request]) -> [Reply]
    ) {
        self.configuration = configuration
        self.process = process
    }

    func append(_ job: QueuedJob<Request, Reply>) { state.update { $0.jobs.append(job) } }

    /// A job that was refused holds its request no longer.
    func discard(_ job: QueuedJob<Request, Reply>) { state.update { $0.jobs.removeAll { $0 === job } } }

    func close() { state.update { $0.isClosed = true } }

    /// Whether at least one thread works.
    func start() -> Bool {
        if configuration.niceness > 0 {
            guard startThread(named: configuration.name + ".out", { self.answerLoop() }) else { return false }
        }
        var running = 0
        for _ in 0..<configuration.threads {
            state.update { $0.liveThreads += 1 }
            if startThread(named: configuration.name, niceness: configuration.niceness, { self.workLoop() }) {
                running += 1
            } else {
                state.update { $0.liveThreads -= 1 }
            }
        }
        return running > 0
    }

    private func workLoop() {
        while let (batch, cost) = state.wait(for: { nextBatch(&$0) }) {
            defer { state.update { $0.spent -= cost } }
            var taken: [(job: Job, reply: Job.Continuation)] = []
            for job in batch {
                // A deadline is seen when a thread looks: up to one batch late.
                let isLate = job.deadline <= ContinuousClock.now
                guard let reply = job.take() else { continue }
                if isLate {
                    answer { reply.resume(returning: .failure(.overloaded)) }
                } else {
                    taken.append((job, reply))
                }
            }
            guard !taken.isEmpty else { continue }
            let replies = process(taken.map(\.job.request))
            for (index, (_, reply)) in taken.enumerated() {
                // A processor that answers too few leaves nobody hanging.
                let result: Result<Reply, QueueRefusal> =
                    index < replies.count ? .success(replies[index]) : .failure(.overloaded)
                answer { reply.resume(returning: result) }
            }
        }
        let isLast = state.update { state in
            state.liveThreads -= 1
            return state.liveThreads == 0
        }
        // Hash threads leave first, then the answering thread; else replies would be lost.
        if isLast { outbox.update { $0.isClosed = true } }
    }

    /// `nil`: wait. An inner `nil`: the queue is closed and empty.
    private func nextBatch(_ state: inout State) -> (jobs: [QueuedJob<Request, Reply>], cost: Int)?? {
        guard !state.jobs.isEmpty else { return state.isClosed ? .some(nil) : .none }
        var batch: [QueuedJob<Request, Reply>] = []
        var cost = 0
        for job in state.jobs.prefix(configuration.batchLimit) {
            // A late job is only answered, so it needs no room.
            let price = job.deadline <= ContinuousClock.now ? 0 : configuration.cost(job.request)
            guard price <= configuration.budget - state.spent - cost else { break }
            batch.append(job)
            cost += price
        }
        guard !batch.isEmpty else { return .none }
        state.jobs.removeFirst(batch.count)
        state.spent += cost
        return .some((batch, cost))
    }

    private func answer(_ answer: @escaping @Sendable () -> Void) {
        if configuration.niceness > 0 { outbox.update { $0.answers.append(answer) } } else { answer() }
    }

    private func answerLoop() {
        while true {
            let answers: [Answer]? = outbox.wait { outbox -> [Answer]?? in
                guard outbox.answers.isEmpty else {
                    defer { outbox.answers = [] }
                    return .some(outbox.answers)
                }
                return outbox.isClosed ? .some(nil) : .none
            }
            guard let answers else { return }
            for answer in answers { answer() }
        }
    }
}
