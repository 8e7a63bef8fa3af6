// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// What a queue's threads hold, and callers use to send.
final class ServerQueueCore: Sendable {
    private let name: String
    private let lanes: [ServerLane]
    private let supplier: ConnectionSupplier
    private let timeout: Duration
    private let state: Mutex<ServerQueueState<ServerJob>>

    init(name: String, lanes: Int, batchLimit: Int, timeout: Duration, supplier: ConnectionSupplier)
        throws(StoreError)
    {
        var made: [ServerLane] = []
        for number in 0..<lanes { made.append(try ServerLane(number, timeout: timeout, supplier: supplier)) }
        self.name = name
        self.lanes = made
        self.supplier = supplier
        self.timeout = timeout
        state = Mutex(ServerQueueState(lanes: lanes, batchLimit: batchLimit))
    }

    /// Whether at least one thread works.
    func start() -> Bool {
        var running = 0
        for lane in lanes where startThread(named: name, { self.work(on: lane) }) { running += 1 }
        return running > 0
    }

    func close() {
        for lane in state.withLock({ $0.close() }) { lanes[lane].bell.ring() }
    }

    // MARK: Whoever brings requests

    func append(_ job: ServerJob, at now: Moment) {
        let maySend = supplier.isTrusted(at: now)
        let (arrival, watch) = state.withLock { $0.append(job, maySend: maySend) }
        if let watch {
            DeadlineWatch.begin(watch) { [weak self] in self?.refuseLate(lookingAt: $0) }
        }
        switch arrival {
        case .refuse: job.refuse("too many requests are waiting")
        case .send(let lane): follow(send([job], on: lanes[lane], at: now))
        case .nothing, .sendSoon, .ring: follow(arrival)
        }
    }

    private func follow(_ arrival: ServerQueueState<ServerJob>.Arrival) {
        switch arrival {
        case .nothing, .refuse, .send: break
        case .sendSoon: Task.detached { self.sendWaiting() }
        case .ring(let lane): lanes[lane].bell.ring()
        }
    }

    private func refuseLate(lookingAt time: Moment) -> Moment? {
        let (late, next) = state.withLock { $0.takeLate(lookingAt: time) }
        for job in late { job.refuseLate() }
        return next
    }

    /// Hands what waits to the sockets of lanes that are free. Waits for nothing.
    private func sendWaiting() {
        while true {
            let now = Moment.now
            // Clocks are compared by a thread, which may wait.
            guard supplier.isTrusted(at: now) else {
                if let lane = state.withLock({ $0.wakeOne() }) { lanes[lane].bell.ring() }
                return
            }
            switch state.withLock({ $0.takeForSending(at: now) }) {
            case .send(let jobs, let lane, let late):
                for job in late { job.refuseLate() }
                // What came meanwhile is taken next.
                if !jobs.isEmpty, case .ring(let lane) = send(jobs, on: lanes[lane], at: now) {
                    lanes[lane].bell.ring()
                }
            case .ring(let lane):
                lanes[lane].bell.ring()
                return
            case .nothing: return
            }
        }
    }

    /// A send that took longer was probably interrupted: others ran, maybe the server.
    private static let interruption = Duration.microseconds(10)

    /// On a lane that is the caller's until the end.
    private func send(_ jobs: [ServerJob], on lane: ServerLane, at now: Moment)
        -> ServerQueueState<ServerJob>.Arrival
    {
        let end = now.advanced(by: timeout)
        let (isDone, isOnItsWay) = lane.send(jobs, until: end)
        var mustRing = !isOnItsWay
        if isOnItsWay, Moment.now - now > Self.interruption {
            switch lane.receiveAtOnce(jobs) {
            case .all(let answers):
                let next = state.withLock { $0.finishReceiving(on: lane.number) }
                for place in jobs.indices { jobs[place].reply(answers[place]) }
                return next
            case .none: break
            case .begun: mustRing = true
            }
        }
        let (atBell, watch) = state.withLock {
            $0.finishSending(jobs, on: lane.number, isDone: isDone, until: end)
        }
        if atBell || mustRing { lane.bell.ring() }
        // A thread that waits for a server has no time limit, which would have to be set and undone each time.
        if let watch { DeadlineWatch.begin(watch) { [weak self] in self?.ringOverdue(lookingAt: $0) } }
        return .nothing
    }

    private func ringOverdue(lookingAt time: Moment) -> Moment? {
        let (overdue, next) = state.withLock { $0.findOverdue(lookingAt: time) }
        for lane in overdue { lanes[lane].bell.ring() }
        return next
    }

    // MARK: A lane's thread

    private static let yields = 64

    private func work(on lane: ServerLane) {
        var yields = 0
        while true {
            let step = state.withLock {
                $0.nextStep(of: lane.number, isConnected: lane.isListening, isPatient: yields >= Self.yields)
            }
            if case .yield = step { yields += 1 } else { yields = 0 }
            switch step {
            case .exchange(let jobs, let late, let next):
                if let next { lanes[next].bell.ring() }
                for job in late { job.refuseLate() }
                if !jobs.isEmpty { release(lane, delivering: lane.exchange(jobs), to: jobs) }
            case .receive(let jobs): release(lane, delivering: lane.receive(jobs), to: jobs)
            case .listen(let atBell):
                lane.listen(atBell: atBell) { state.withLock { $0.stopListening(on: lane.number) } }
            case .sleep: lane.sleep()
            case .yield:
                // It is between two calls that wait for nothing.
                sched_yield()
            case .end: return
            }
        }
    }

    /// Whoever gets an answer may ask the next at once, on this very processor: it finds the lane free, or its question
    /// goes together with those that wait.
    private func release(_ lane: ServerLane, delivering answers: ServerLane.Answers, to jobs: [ServerJob]) {
        state.withLock { $0.release(lane.number, isConnected: lane.isListening) }
        if jobs.count == 1 {
            jobs[0].reply(answers[0])
        } else {
            // Each resumption from here would wake a thread of the pool anew; from the pool it joins what runs there.
            Task.detached { for place in jobs.indices { jobs[place].reply(answers[place]) } }
        }
    }
}
