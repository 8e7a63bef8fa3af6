// SPDX-License-Identifier: Apache-2.0

/// What waits for a server, and who may touch which connection: the rules of ``ServerQueue``, without threads.
///
/// A lane has one connection and one thread. Of a lane's thread and all callers at most one touches the connection at any
/// time, and nothing waits while every lane rests.
struct ServerQueueState<Job: WaitingJob> {
    typealias Lane = Int

    /// Who may touch a lane's connection.
    private enum Phase {
        /// Its thread alone, which looks at what waits before it rests.
        case busy
        /// Nobody. Its thread waits for the bell.
        case asleep
        /// Nobody. Its thread waits for the bell, and mostly at the descriptor too; whoever takes the lane out of this
        /// phase may send.
        case listening(atBell: Bool)
        /// The caller that took it. The thread may be waiting for the bell alone, to be told of the end.
        case sending(atBell: Bool)
        /// Its thread: answers to these are on their way, or they could not be sent and are its own now.
        case sent([Job], isDone: Bool, until: Moment)

        var isListening: Bool { if case .listening = self { true } else { false } }
    }

    /// What a thread does next.
    enum Step {
        /// Sends these and waits for the answers. Those that are too late are only refused. What is left over is for the
        /// lane that is to be rung.
        case exchange([Job], late: [Job], ring: Lane?)
        /// Waits for the answers to what was sent by somebody else.
        case receive([Job])
        case listen(atBell: Bool)
        case sleep
        /// Lets the caller go on that is about to have sent.
        case yield
        case end
    }

    /// What a caller does that sends.
    enum Sending {
        case send([Job], on: Lane, late: [Job])
        /// What waits is for that lane's thread.
        case ring(Lane)
        case nothing
    }

    /// What is to be done by whoever brought a request, or is done with one.
    enum Arrival {
        case nothing
        case refuse
        /// Send it, alone.
        case send(on: Lane)
        /// Have what waits sent a little later, together with what comes until then.
        case sendSoon
        case ring(Lane)
    }

    private let capacity: Int
    private let batchLimit: Int
    private var waiting = WaitingJobs<Job>()
    /// Of each lane; those without a thread are always busy.
    private var phases: [Phase]
    private var isClosed = false
    private var isSendingSoon = false
    /// For answers that are overdue.
    private var watch = DeadlineWatch()
    /// How many went together lately.
    private var usualBatch = 1
    /// How often in a row callers found the answers to what they had sent; so will the next one, likely.
    private var quickAnswers = 0

    init(lanes: Int, batchLimit: Int, capacity: Int = 4096) {
        self.batchLimit = batchLimit
        self.capacity = capacity
        phases = Array(repeating: .busy, count: lanes)
    }

    // MARK: Whoever brings requests

    /// - Parameter maySend: Whether a caller may use a connection, without the checks that a thread makes.
    /// - Returns: And when to look at deadlines, if nobody does as early.
    mutating func append(_ job: Job, maySend: Bool) -> (arrival: Arrival, watch: Moment?) {
        guard waiting.count < capacity else { return (.refuse, nil) }
        let listening = maySend ? phases.firstIndex(where: \.isListening) : nil
        // Where many come at once, one send for all is cheaper than one each.
        if let listening, usualBatch == 1, waiting.isEmpty, !isTurnOver {
            beginSending(on: listening)
            return (.send(on: listening), nil)
        }
        let watch = waiting.append(job)
        guard listening != nil else { return (wakeOne().map { .ring($0) } ?? .nothing, watch) }
        defer { isSendingSoon = true }
        return (isSendingSoon ? .nothing : .sendSoon, watch)
    }

    /// Takes a lane's share of what waits, to be sent on it; again and again, until there is nothing to be sent.
    mutating func takeForSending(at now: Moment) -> Sending {
        isSendingSoon = false
        guard !waiting.isEmpty else { return .nothing }
        guard let lane = phases.firstIndex(where: \.isListening) else { return wakeOne().map { .ring($0) } ?? .nothing }
        let (jobs, late) = take(at: now)
        // Without any the lane goes on listening.
        if !jobs.isEmpty { beginSending(on: lane) }
        return .send(jobs, on: lane, late: late)
    }

    /// Whoever gets quick answers does not wait, so nobody else gets to run on its thread: after seven it waits, for once.
    private var isTurnOver: Bool { quickAnswers % 8 == 7 }

    private mutating func beginSending(on lane: Lane) {
        if case .listening(let atBell) = phases[lane] { phases[lane] = .sending(atBell: atBell) }
    }

    /// - Parameters:
    ///   - isDone: Whether the jobs were sent; else the thread does it.
    ///   - end: When answers are too late.
    /// - Returns: Whether the thread waits for the bell, and when to look for overdue answers, if nobody does as early.
    mutating func finishSending(_ jobs: [Job], on lane: Lane, isDone: Bool, until end: Moment)
        -> (atBell: Bool, watch: Moment?)
    {
        guard case .sending(let atBell) = phases[lane] else { return (false, nil) }
        quickAnswers = 0
        phases[lane] = .sent(jobs, isDone: isDone, until: end)
        return (atBell, watch.add(end))
    }

    /// - Returns: Lanes with overdue answers, to be rung, and when to look again: `nil` if there is nothing to look for, or
    ///   somebody else looks earlier.
    mutating func findOverdue(lookingAt time: Moment) -> (lanes: [Lane], next: Moment?) {
        let now = Moment.now
        var overdue: [Lane] = []
        var earliest: Moment?
        for lane in phases.indices {
            guard case .sent(_, _, let end) = phases[lane] else { continue }
            if end <= now { overdue.append(lane) } else { earliest = min(end, earliest ?? end) }
        }
        return (overdue, watch.goOn(from: time, to: earliest))
    }

    /// Whoever has sent has the answers too.
    mutating func finishReceiving(on lane: Lane) -> Arrival {
        guard case .sending(let atBell) = phases[lane] else { return .nothing }
        quickAnswers &+= 1
        phases[lane] = .listening(atBell: atBell)
        if isClosed { return .ring(lane) }
        guard !waiting.isEmpty, !isSendingSoon else { return .nothing }
        isSendingSoon = true
        return .sendSoon
    }

    /// Leaves what waits to a thread, which must be rung.
    mutating func wakeOne() -> Lane? {
        isSendingSoon = false
        let lane = phases.firstIndex { phase in
            switch phase {
            case .asleep, .listening: true
            case .busy, .sending, .sent: false
            }
        }
        if let lane { phases[lane] = .busy }
        return lane
    }

    mutating func takeLate(lookingAt time: Moment) -> (late: [Job], next: Moment?) {
        waiting.takeLate(lookingAt: time)
    }

    /// - Returns: Lanes to ring.
    mutating func close() -> Range<Lane> {
        isClosed = true
        return phases.indices
    }

    // MARK: A lane's thread

    /// Lets callers send again, unless something waits, which then goes first.
    mutating func release(_ lane: Lane, isConnected: Bool) {
        if case .busy = phases[lane], waiting.isEmpty, isConnected, !isClosed {
            phases[lane] = .listening(atBell: false)
        }
    }

    /// - Parameters:
    ///   - isConnected: Whether it makes sense to listen.
    ///   - isPatient: Whether it has yielded often enough.
    mutating func nextStep(of lane: Lane, isConnected: Bool, isPatient: Bool) -> Step {
        switch phases[lane] {
        case .sending:
            guard isPatient else { return .yield }
            phases[lane] = .sending(atBell: true)
            return .sleep
        case .sent(let jobs, let isDone, _):
            phases[lane] = .busy
            return isDone ? .receive(jobs) : .exchange(jobs, late: [], ring: nil)
        case .busy, .asleep, .listening:
            if !waiting.isEmpty {
                phases[lane] = .busy
                let (jobs, late) = take(at: .now)
                return .exchange(jobs, late: late, ring: waiting.isEmpty ? nil : wakeOne())
            }
            phases[lane] = isConnected && !isClosed ? .listening(atBell: quickAnswers > 0) : .asleep
            return isClosed ? .end : isConnected ? .listen(atBell: quickAnswers > 0) : .sleep
        }
    }

    /// - Returns: Whether the thread now has a lane for itself that nobody had sent anything on.
    mutating func stopListening(on lane: Lane) -> Bool {
        guard case .listening = phases[lane] else { return false }
        phases[lane] = .busy
        return true
    }

    // MARK: Both

    /// A lane's share: what goes together also waits together. A deadline is seen when somebody looks: up to one batch late.
    private mutating func take(at now: Moment) -> (jobs: [Job], late: [Job]) {
        var jobs = waiting.takeFirst(min((waiting.count - 1) / phases.count + 1, batchLimit))
        var late: [Job] = []
        if jobs.contains(where: { $0.deadline <= now }) {
            late = jobs.filter { $0.deadline <= now }
            jobs.removeAll { $0.deadline <= now }
        }
        usualBatch = max(jobs.count, usualBatch / 2, 1)
        return (jobs, late)
    }
}
