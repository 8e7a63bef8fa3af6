// SPDX-License-Identifier: Apache-2.0

/// What the threads hold.
final class QueueCore<Request: Sendable, Reply: Sendable>: Sendable {
    private typealias Job = QueuedJob<Request, Reply>
    private typealias Answer = (job: Job, reply: Job.Answer)

    private struct State {
        var waiting = WaitingJobs<QueuedJob<Request, Reply>>()
        var isClosed = false
        var liveThreads = 0
        /// The cost of what is under way.
        var spent = 0
    }

    private struct Batch {
        var jobs: [QueuedJob<Request, Reply>] = []
        var late: [QueuedJob<Request, Reply>] = []
        var cost = 0
    }

    private struct Outbox {
        var answers: [(job: QueuedJob<Request, Reply>, reply: Result<Reply, QueueRefusal>)] = []
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
        // A thread that is awake looks here again before it waits, so one is enough for one job.
        let watching = state.updateForOne { $0.waiting.append(job) }
        guard let watching else { return }
        DeadlineWatch.begin(watching) { [weak self] in self?.refuseLate(lookingAt: $0) }
    }

    /// Refuses what waits past its deadline, and says when to look again.
    private func refuseLate(lookingAt time: Moment) -> Moment? {
        let (late, next) = state.update { $0.waiting.takeLate(lookingAt: time) }
        for job in late { refuse(job, .overloaded) }
        return next
    }

    /// Refuses the job of a place whose task was cancelled, if it still waits.
    func withdraw(_ place: QueuePlace) {
        let job = state.update { state in state.waiting.removeFirst { $0.place === place } }
        if let job { refuse(job, .cancelled) }
    }

    private func refuse(_ job: QueuedJob<Request, Reply>, _ refusal: QueueRefusal) {
        job.place.release()
        job.reply(.failure(refusal))
    }

    func close() { state.update { $0.isClosed = true } }

    /// Whether at least one thread works.
    func start() -> Bool {
        if niceness > 0 {
            outbox.update { $0.isClosed = false }
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
        // Nobody else would end the thread that answers.
        if running == 0 { outbox.update { $0.isClosed = true } }
        return running > 0
    }

    private func workLoop() {
        let process = makeWorker()
        while let batch = state.wait(for: { nextBatch(&$0) }) {
            defer { if batch.cost > 0 { state.update { $0.spent -= batch.cost } } }
            for job in batch.jobs { job.place.release() }
            for job in batch.late { job.place.release() }
            deliver(batch.late.map { ($0, .failure(.overloaded)) })
            guard !batch.jobs.isEmpty else { continue }
            let results = process(batch.jobs.map { $0.request })
            // A processor that answers too few leaves nobody hanging.
            deliver(
                batch.jobs.enumerated().map { index, job in
                    (job, index < results.count ? .success(results[index]) : .failure(.overloaded))
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
    private func nextBatch(_ state: inout State) -> Batch?? {
        guard !state.waiting.isEmpty else { return state.isClosed ? .some(nil) : .none }
        var batch = Batch()
        let share = (state.waiting.count - 1) / threads + 1
        // A deadline is seen when a thread looks: up to one batch late.
        let now = Moment.now
        for job in state.waiting.all.prefix(min(share, batchLimit)) {
            guard job.deadline > now else {
                // Only answered, so it needs no room.
                batch.late.append(job)
                continue
            }
            if let first = batch.jobs.first, !belongs(job.request, first.request) { break }
            let price = self.cost(job.request)
            guard price <= budget - state.spent - batch.cost else { break }
            batch.jobs.append(job)
            batch.cost += price
        }
        let taken = batch.jobs.count + batch.late.count
        guard taken > 0 else { return .none }
        state.waiting.removeFirst(taken)
        state.spent += batch.cost
        return .some(batch)
    }

    private func deliver(_ answers: [Answer]) {
        if niceness > 0 {
            outbox.update { $0.answers += answers }
        } else if answers.count == 1 {
            answers[0].job.reply(answers[0].reply)
        } else if !answers.isEmpty {
            // Each resumption from here would wake a thread of the pool anew; from the pool it joins what runs there.
            Task.detached { for (job, reply) in answers { job.reply(reply) } }
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
            for (job, reply) in answers { job.reply(reply) }
        }
    }
}
