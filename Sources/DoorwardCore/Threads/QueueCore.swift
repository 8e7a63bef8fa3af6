// SPDX-License-Identifier: Apache-2.0

/// What the threads hold.
final class QueueCore<Request: Sendable, Reply: Sendable>: Sendable {
    private typealias Job = QueuedJob<Request, Reply>
    private typealias Answer = @Sendable () -> Void

    private struct State {
        var jobs: [QueuedJob<Request, Reply>] = []
        var isClosed = false
        /// When somebody looks at deadlines next; `nil`: nobody does.
        var watchedUntil: ContinuousClock.Instant?
        var liveThreads = 0
        /// The cost of what is under way.
        var spent = 0
    }

    private struct Outbox {
        var answers: [@Sendable () -> Void] = []
        var isClosed = false
    }

    // One by one: a thread looks at them for each job, and the whole would be copied each time.
    private let name: String
    private let threads: Int
    private let batchLimit: Int
    private let belongs: @Sendable (Request, Request) -> Bool
    private let budget: Int
    private let cost: @Sendable (Request) -> Int
    private let niceness: Int32
    private let makeWorker: @Sendable () -> ([Request]) -> [Reply]
    private let state = Monitor(State())
    private let outbox = Monitor(Outbox())

    init(
        configuration: BatchQueue<Request, Reply>.Configuration,
        makeWorker: @escaping @Sendable () -> ([Request]) -> [Reply]
    ) {
        name = configuration.name
        threads = configuration.threads
        batchLimit = configuration.batchLimit
        belongs = configuration.belongs
        budget = configuration.budget
        cost = configuration.cost
        niceness = configuration.niceness
        self.makeWorker = makeWorker
    }

    func append(_ job: QueuedJob<Request, Reply>) {
        func add(_ state: inout State) -> Bool {
            state.jobs.append(job)
            if let watchedUntil = state.watchedUntil, watchedUntil <= job.deadline { return false }
            state.watchedUntil = job.deadline
            return true
        }
        // glibc up to 2.40 may lose a signal where several wait (its bug 25847), never a broadcast.
        let isEarliest = threads == 1 ? state.updateForOne(add) : state.update(add)
        // Threads look at deadlines themselves, unless all of them are stuck.
        guard isEarliest else { return }
        let deadline = job.deadline
        Task.detached { [weak self] in
            // Holds nothing while it sleeps: a queue that is let go ends at once.
            var next: ContinuousClock.Instant? = deadline
            while let time = next {
                try? await Task.sleep(until: time, clock: .continuous)
                next = self?.refuseLate(lookingAt: time)
            }
        }
    }

    /// Refuses what waits past its deadline.
    ///
    /// - Returns: When to look again; `nil` when nothing waits, or somebody else looks earlier.
    private func refuseLate(lookingAt time: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        let (late, next) = state.update { state in
            let now = ContinuousClock.now
            let late = state.jobs.filter { $0.deadline <= now }
            state.jobs.removeAll { $0.deadline <= now }
            guard state.watchedUntil == time else { return (late, ContinuousClock.Instant?.none) }
            state.watchedUntil = state.jobs.map(\.deadline).min()
            return (late, state.watchedUntil)
        }
        for job in late { job.refuse(.overloaded) }
        return next
    }

    /// A job that was refused holds its request no longer.
    func discard(_ job: QueuedJob<Request, Reply>) { state.update { $0.jobs.removeAll { $0 === job } } }

    func close() { state.update { $0.isClosed = true } }

    /// Whether at least one thread works.
    func start() -> Bool {
        if niceness > 0 {
            guard startThread(named: name + ".out", { self.answerLoop() }) else { return false }
        }
        var running = 0
        for _ in 0..<threads {
            state.update { $0.liveThreads += 1 }
            if startThread(named: name, niceness: niceness, { self.workLoop() }) {
                running += 1
            } else {
                state.update { $0.liveThreads -= 1 }
            }
        }
        return running > 0
    }

    private func workLoop() {
        let process = makeWorker()
        while let (batch, cost) = state.wait(for: { nextBatch(&$0) }) {
            defer { if cost > 0 { state.update { $0.spent -= cost } } }
            var (requests, replies, late): ([Request], [Job.Continuation], [Answer]) = ([], [], [])
            for job in batch {
                // A deadline is seen when a thread looks: up to one batch late.
                let isLate = job.deadline <= ContinuousClock.now
                guard let reply = job.take() else { continue }
                if isLate {
                    late.append { reply.resume(returning: .failure(.overloaded)) }
                } else {
                    requests.append(job.request)
                    replies.append(reply)
                }
            }
            deliver(late)
            guard !requests.isEmpty else { continue }
            let results = process(requests)
            deliver(
                replies.enumerated().map { index, reply in
                    // A processor that answers too few leaves nobody hanging.
                    let result: Result<Reply, QueueRefusal> =
                        index < results.count ? .success(results[index]) : .failure(.overloaded)
                    return { reply.resume(returning: result) }
                })
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
        let share = (state.jobs.count - 1) / threads + 1
        for job in state.jobs.prefix(min(share, batchLimit)) {
            if let first = batch.first, !belongs(job.request, first.request) { break }
            // A late job is only answered, so it needs no room.
            let price = job.deadline <= ContinuousClock.now ? 0 : self.cost(job.request)
            guard price <= budget - state.spent - cost else { break }
            batch.append(job)
            cost += price
        }
        guard !batch.isEmpty else { return .none }
        state.jobs.removeFirst(batch.count)
        state.spent += cost
        return .some((batch, cost))
    }

    private func deliver(_ answers: [Answer]) {
        if niceness > 0 {
            outbox.update { $0.answers += answers }
        } else if answers.count == 1 {
            answers[0]()
        } else if !answers.isEmpty {
            // Each resumption from here would wake a thread of the pool anew; from the pool it joins what runs there.
            Task.detached { for answer in answers { answer() } }
        }
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
