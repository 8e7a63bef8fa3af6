// SPDX-License-Identifier: Apache-2.0

@testable import DoorwardCore
import DoorwardTesting
import Testing

/// Callers and threads in thousands of orders, one small step of somebody at a time.
@Suite(.timeLimit(.minutes(5))) struct ServerQueueStateTests {
    /// What whoever uses the rules could get wrong.
    enum Mistake: CaseIterable {
        case threadDoesNotWaitForSender, callerSendsWithoutTaking, bellIsNotRungAfterSending, bellIsNotRungForWaiting
        case readableIsTakenForOwn, restIsForgotten, restIsForgottenByReceiver, overdueIsForgotten
        case bellIsNotRungForWhatWasBegun
    }

    @Test func nothingIsTouchedByTwoOrForgottenInAnyOrder() {
        for seed in 0..<3000 {
            var world = World(seed: UInt64(seed))
            #expect(world.run() == [])
        }
    }

    @Test(arguments: Mistake.allCases) func whoeverKeepsToThemNotIsFoundOut(_ mistake: Mistake) {
        let isFoundOut = (0..<3000).contains { seed in
            var world = World(seed: UInt64(seed), mistake)
            return !world.run().isEmpty
        }
        #expect(isFoundOut)
    }

    @Test func moreThanItsCapacityIsRefusedAndRoomComesBack() {
        var state = ServerQueueState<World.Job>(lanes: 1, batchLimit: 8, capacity: 2)
        let arrivals = (0..<3).map { state.append(World.Job(number: $0), maySend: true).arrival }
        #expect(arrivals.map(World.isRefusal) == [false, false, true])
        guard case .exchange(let jobs, _, _) = state.nextStep(of: 0, isConnected: false, isPatient: true) else {
            Issue.record("nothing was taken")
            return
        }
        #expect(jobs.map(\.number) == [0, 1])
        #expect(!World.isRefusal(state.append(World.Job(number: 3), maySend: true).arrival))
    }

    @Test func whatIsLateIsRefusedAndNeverSent() {
        var state = ServerQueueState<World.Job>(lanes: 1, batchLimit: 8)
        // Where two went together, the next does not go at once.
        for number in 0..<2 { _ = state.append(World.Job(number: number), maySend: true) }
        _ = state.nextStep(of: 0, isConnected: true, isPatient: true)
        state.release(0, isConnected: true)
        guard case .sendSoon = state.append(World.Job(number: 2, deadline: .now), maySend: true).arrival,
            case .send(let jobs, on: 0, let late) = state.takeForSending(at: .now)
        else {
            Issue.record("the lane does not listen")
            return
        }
        #expect(jobs.map(\.number) == [])
        #expect(late.map(\.number) == [2])
        // The lane was not taken for nothing.
        guard case .send(on: 0) = state.append(World.Job(number: 3), maySend: true).arrival else {
            Issue.record("the lane does not listen any more")
            return
        }
    }

    @Test func whoeverNeedNotWaitLetsOthersComeNowAndThen() {
        var state = ServerQueueState<World.Job>(lanes: 1, batchLimit: 8)
        _ = state.nextStep(of: 0, isConnected: true, isPatient: true)
        var alone = 0
        while case .send = state.append(World.Job(number: alone), maySend: true).arrival {
            guard case .nothing = state.finishReceiving(on: 0) else { break }
            alone += 1
            if alone == 100 { break }
        }
        #expect((1..<16).contains(alone))
        // Who came meanwhile goes along, and those who come together stay together.
        _ = state.append(World.Job(number: 101), maySend: true)
        guard case .send(let jobs, on: 0, _) = state.takeForSending(at: .now) else {
            Issue.record("the lane does not listen")
            return
        }
        #expect(jobs.count == 2)
    }

    @Test func oneAtATimeWatchesDeadlinesUnlessOneComesEarlier() {
        let start = Moment.now
        func at(_ seconds: Int) -> Moment { start.advanced(by: .seconds(seconds)) }
        var watch = DeadlineWatch()
        #expect(watch.add(at(10)) == at(10))
        #expect(watch.add(at(20)) == nil)
        #expect(watch.add(at(5)) == at(5))
        #expect(watch.goOn(from: at(5), to: at(10)) == at(10))
        // Of two that look at the same time one goes on.
        #expect(watch.goOn(from: at(10), to: at(20)) == at(20))
        #expect(watch.goOn(from: at(10), to: at(30)) == nil)
        #expect(watch.goOn(from: at(20), to: nil) == nil)
        #expect(watch.add(at(30)) == at(30))
    }

    /// One queue, what is around it, and who is where.
    private struct World {
        struct Job: WaitingJob {
            let number: Int
            var deadline = Moment.now.advanced(by: .seconds(3600))
        }

        private enum Thread { case running, listening(atBell: Bool), sleeping, using([Job]), ended }
        private enum Deed { case sendWaiting, finish([Job], lane: Int, isDone: Bool), ring(Int) }

        private static let total = 24
        private let mistake: Mistake?
        private var generator: SeededRandomSource
        private var state: ServerQueueState<Job>
        private var threads: [Thread]
        private var isConnected: [Bool]
        private var isRung: [Bool]
        /// Answers on their way or there.
        private var isReadable: [Bool]
        /// The server does not answer what was sent last.
        private var isSilent: [Bool]
        private var isUsedByCaller: [Bool]
        /// A server that lets one wait until everybody else has done what they can.
        private var isStuck: [Bool]
        private var deeds: [Deed] = []
        private var arrived = 0
        private var answers = Array(repeating: 0, count: total)
        private var problems: Set<String> = []

        init(seed: UInt64, _ mistake: Mistake? = nil) {
            self.mistake = mistake
            generator = SeededRandomSource(seed: seed)
            let lanes = Int(seed % 3) + 1
            state = ServerQueueState(lanes: lanes, batchLimit: Int(seed / 3 % 4) + 1)
            threads = Array(repeating: .running, count: lanes)
            isConnected = Array(repeating: false, count: lanes)
            isRung = isConnected
            isReadable = isConnected
            isSilent = isConnected
            isUsedByCaller = isConnected
            isStuck = isConnected
        }

        static func isRefusal(_ arrival: ServerQueueState<Job>.Arrival) -> Bool {
            if case .refuse = arrival { true } else { false }
        }

        /// What went wrong.
        mutating func run() -> Set<String> {
            repeat { settle() } while problems.isEmpty && (giveUpWaiting() || unstick())
            if answers.contains(where: { $0 != 1 }) { problems.insert("not everybody was answered once") }
            for lane in state.close() { isRung[lane] = true }
            settle()
            if !threads.allSatisfy({ if case .ended = $0 { true } else { false } }) {
                problems.insert("a thread did not end")
            }
            return problems
        }

        /// Each step is somebody's who can go on. Nobody can once all is done, or somebody was forgotten.
        private mutating func settle() {
            while problems.isEmpty {
                let callers = deeds.count + (arrived < Self.total ? 1 : 0)
                let awake = threads.indices.filter { canGoOn($0) }
                guard callers + awake.count > 0 else { return }
                let choice = Int.random(in: 0..<(callers + awake.count), using: &generator)
                if choice < deeds.count {
                    perform(deeds.remove(at: choice))
                } else if choice < callers {
                    arrive()
                } else {
                    advance(awake[choice - callers])
                }
            }
        }

        /// Whether anybody was stuck. Until now all others must have been served by lanes that were not.
        private mutating func unstick() -> Bool {
            guard isStuck.contains(true) else { return false }
            var answered = answers
            var isResting = false
            for thread in threads {
                switch thread {
                case .using(let jobs): for job in jobs { answered[job.number] += 1 }
                case .sleeping, .listening: isResting = true
                case .running, .ended: break
                }
            }
            if isResting, answered.contains(0) { problems.insert("somebody waits while a lane rests") }
            isStuck = isStuck.map { _ in false }
            return true
        }

        /// Whether anything was overdue: the server is silent.
        private mutating func giveUpWaiting() -> Bool {
            let overdue = mistake == .overdueIsForgotten ? [] : state.findOverdue(lookingAt: .now).lanes
            if overdue.contains(where: { !isSilent[$0] }) { problems.insert("nobody was told of what was sent") }
            for lane in overdue { isRung[lane] = true }
            return !overdue.isEmpty
        }

        // MARK: Callers

        private mutating func arrive() {
            let job = Job(number: arrived)
            arrived += 1
            // Now and then a server hangs up.
            if Int.random(in: 0..<8, using: &generator) == 0 { isReadable[0] = true }
            // Now and then clocks are due.
            let maySend = Int.random(in: 0..<8, using: &generator) > 0
            switch state.append(job, maySend: maySend).arrival {
            case .nothing: break
            case .refuse: answers[job.number] += 1
            case .send(let lane): send([job], on: lane)
            case .sendSoon: deeds.append(.sendWaiting)
            case .ring(let lane): if mistake != .bellIsNotRungForWaiting { deeds.append(.ring(lane)) }
            }
            if mistake == .callerSendsWithoutTaking, threads.count == 1 { use(0) }
        }

        private mutating func perform(_ deed: Deed) {
            switch deed {
            case .ring(let lane): isRung[lane] = true
            case .sendWaiting:
                if Int.random(in: 0..<8, using: &generator) == 0 {
                    if let lane = state.wakeOne() { deeds.append(.ring(lane)) }
                    return
                }
                switch state.takeForSending(at: .now) {
                case .nothing: break
                case .ring(let lane): deeds.append(.ring(lane))
                case .send(let jobs, let lane, _):
                    // Others may be sent on other lanes.
                    deeds.append(.sendWaiting)
                    send(jobs, on: lane)
                }
            case .finish(let jobs, let lane, let isDone):
                isUsedByCaller[lane] = false
                // The answers may have come already; the thread was woken by them, or not.
                if isDone, Bool.random(using: &generator) {
                    for job in jobs { answers[job.number] += 1 }
                    isReadable[lane] = Bool.random(using: &generator)
                    follow(state.finishReceiving(on: lane))
                    return
                }
                // They may have come, and be more than the caller can do.
                let isBegun = isDone && isReadable[lane] && Bool.random(using: &generator)
                if isBegun { isReadable[lane] = false }
                let (atBell, _) = state.finishSending(jobs, on: lane, isDone: isDone, until: .now)
                let isForgotten = mistake == (isBegun ? .bellIsNotRungForWhatWasBegun : .bellIsNotRungAfterSending)
                if atBell || isBegun || !isDone, !isForgotten { deeds.append(.ring(lane)) }
            }
        }

        private mutating func follow(_ arrival: ServerQueueState<Job>.Arrival) {
            switch arrival {
            case .sendSoon: if mistake != .restIsForgottenByReceiver { deeds.append(.sendWaiting) }
            case .ring(let lane): deeds.append(.ring(lane))
            case .nothing, .refuse, .send: break
            }
        }

        private mutating func send(_ jobs: [Job], on lane: Int) {
            use(lane)
            isUsedByCaller[lane] = true
            let isDone = Int.random(in: 0..<8, using: &generator) > 0
            // The server may be quicker than the end of the call, or silent.
            isSilent[lane] = isDone && Int.random(in: 0..<8, using: &generator) == 0
            if isDone, !isSilent[lane] { isReadable[lane] = true }
            deeds.append(.finish(jobs, lane: lane, isDone: isDone))
        }

        private mutating func use(_ lane: Int) {
            if isUsedByCaller[lane] { problems.insert("two callers use a connection") }
            if case .using = threads[lane] { problems.insert("a caller uses the thread's connection") }
        }

        // MARK: Threads

        private func canGoOn(_ lane: Int) -> Bool {
            switch threads[lane] {
            case .running: true
            case .using: !isStuck[lane]
            case .listening(let atBell): isRung[lane] || (isReadable[lane] && !atBell)
            case .sleeping: isRung[lane]
            case .ended: false
            }
        }

        private mutating func advance(_ lane: Int) {
            switch threads[lane] {
            case .ended: break
            case .using(let jobs):
                if isUsedByCaller[lane] { problems.insert("the thread uses a caller's connection") }
                isReadable[lane] = false
                for job in jobs { answers[job.number] += 1 }
                isConnected[lane] = Int.random(in: 0..<8, using: &generator) > 0
                state.release(lane, isConnected: isConnected[lane])
                threads[lane] = .running
            case .sleeping:
                isRung[lane] = false
                threads[lane] = .running
            case .listening:
                let wasRung = isRung[lane]
                isRung[lane] = false
                threads[lane] = .running
                if !wasRung, mistake == .readableIsTakenForOwn || state.stopListening(on: lane) {
                    // The server hung up.
                    if isUsedByCaller[lane] { problems.insert("the thread ends a caller's connection") }
                    isConnected[lane] = false
                    isReadable[lane] = false
                }
            case .running:
                let isPatient = Bool.random(using: &generator)
                switch state.nextStep(of: lane, isConnected: isConnected[lane], isPatient: isPatient) {
                case .exchange(let jobs, _, let next):
                    threads[lane] = .using(jobs)
                    isStuck[lane] = Int.random(in: 0..<4, using: &generator) == 0
                    if let next, mistake != .restIsForgotten { deeds.append(.ring(next)) }
                case .receive(let jobs): threads[lane] = .using(jobs)
                case .listen(let atBell): threads[lane] = .listening(atBell: atBell)
                case .sleep: threads[lane] = .sleeping
                case .yield: if mistake == .threadDoesNotWaitForSender { threads[lane] = .using([]) }
                case .end: threads[lane] = .ended
                }
            }
        }
    }
}
