// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import Glibc
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct BatchQueueTests {
    typealias Queue = BatchQueue<Int, Int>

    /// Long: threads at nice 19 wait for whatever else the machine does.
    private static var soon: Moment { .now.advanced(by: .seconds(300)) }

    /// A queue whose one thread waits at a gate with its first job.
    private static func gated(capacity: Int) -> (queue: Queue, gate: Monitor<Bool>, started: Monitor<Int>) {
        let gate = Monitor(false)
        let started = Monitor(0)
        let queue = Queue(.init(name: "test", threads: 1, capacity: capacity)) { jobs in
            started.update { $0 += 1 }
            gate.wait { $0 ? () : nil }
            return jobs.map { $0 * 2 }
        }
        return (queue, gate, started)
    }

    private static func run(_ queue: Queue, _ job: Int, deadline: Moment = soon) async -> Result<
        Int, QueueRefusal
    > {
        guard let place = queue.admit() else { return .failure(.overloaded) }
        do throws(QueueRefusal) { return .success(try await queue.run(job, in: place, deadline: deadline)) } catch {
            return .failure(error)
        }
    }

    @Test func everyJobIsAnsweredOnceWithItsOwnReply() async {
        let queue = Queue(.init(name: "test", threads: 3, capacity: 1000)) { $0.map { $0 * 2 } }
        await withTaskGroup(of: Bool.self) { group in
            for job in 0..<500 { group.addTask { await Self.run(queue, job) == .success(job * 2) } }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test func moreThanItsPlacesAreRefusedAtOnceAndPlacesComeBack() async {
        let (queue, gate, started) = Self.gated(capacity: 2)
        async let first = Self.run(queue, 1)
        _ = await onOwnThread(named: "test") { started.wait { $0 == 1 ? () : nil } }
        // The first runs; two may wait.
        var places = [queue.admit(), queue.admit()]
        #expect(!places.contains { $0 == nil })
        #expect(queue.admit() == nil)
        places.removeLast()
        #expect(queue.admit() != nil)
        gate.update { $0 = true }
        #expect(await first == .success(2))
    }

    @Test func noSourceHoldsMoreThanAQuarterOfThePlaces() {
        let queue = Queue(.init(name: "test", threads: 1, capacity: 8)) { $0 }
        let held = (0..<3).map { _ in queue.admit(source: [1]) }
        #expect(held.map { $0 != nil } == [true, true, false])
        #expect(queue.admit(source: [2]) != nil)
    }

    @Test func aJobPastItsDeadlineIsRefusedAndNeverBegins() async {
        let (queue, gate, started) = Self.gated(capacity: 8)
        async let first = Self.run(queue, 1)
        _ = await onOwnThread(named: "test") { started.wait { $0 == 1 ? () : nil } }
        async let late = Self.run(queue, 2, deadline: .now)
        gate.update { $0 = true }
        #expect(await late == .failure(.overloaded))
        #expect(await first == .success(2))
        #expect(started.update { $0 } == 1)
    }

    @Test func whileEveryThreadIsStuckTheDeadlineHoldsAllTheSame() async {
        let (queue, gate, started) = Self.gated(capacity: 8)
        async let first = Self.run(queue, 1)
        _ = await onOwnThread(named: "test") { started.wait { $0 == 1 ? () : nil } }
        // The gate opens only after it was refused.
        #expect(await Self.run(queue, 2, deadline: .now.advanced(by: .milliseconds(20))) == .failure(.overloaded))
        gate.update { $0 = true }
        #expect(await first == .success(2))
    }

    @Test func aShortDeadlineHoldsBehindALongOne() async {
        let (queue, gate, started) = Self.gated(capacity: 8)
        async let first = Self.run(queue, 1)
        _ = await onOwnThread(named: "test") { started.wait { $0 == 1 ? () : nil } }
        // Whoever looks at deadlines sleeps until that of the second.
        async let second = Self.run(queue, 2)
        for deadline in [40, 20] {
            let late = Moment.now.advanced(by: .milliseconds(deadline))
            #expect(await Self.run(queue, 3, deadline: late) == .failure(.overloaded))
        }
        gate.update { $0 = true }
        #expect(await first == .success(2))
        #expect(await second == .success(4))
    }

    @Test func aCancelledJobThatWaitsIsRefusedAndOneThatRunsIsFinished() async {
        let (queue, gate, started) = Self.gated(capacity: 8)
        let running = Task { await Self.run(queue, 1) }
        _ = await onOwnThread(named: "test") { started.wait { $0 == 1 ? () : nil } }
        let waiting = Task { await Self.run(queue, 2) }
        waiting.cancel()
        running.cancel()
        #expect(await waiting.value == .failure(.cancelled))
        gate.update { $0 = true }
        #expect(await running.value == .success(2))
    }

    @Test func whoeverWasCancelledBeforeIsRefusedToo() async {
        let (queue, gate, started) = Self.gated(capacity: 8)
        async let first = Self.run(queue, 1)
        _ = await onOwnThread(named: "test") { started.wait { $0 == 1 ? () : nil } }
        let late = await withTaskGroup(of: Result<Int, QueueRefusal>.self) { group in
            group.cancelAll()
            group.addTask { await Self.run(queue, 2) }
            return await group.next()
        }
        #expect(late == .failure(.cancelled))
        gate.update { $0 = true }
        #expect(await first == .success(2))
        #expect(started.update { $0 } == 1)
    }

    /// A second reply would end the process, a missing one this test's time.
    @Test func threadsDeadlinesAndCancellationsTogetherAnswerEachJobOnce() async {
        let queue = Queue(.init(name: "test", threads: 3, capacity: 10_000)) { $0.map { $0 * 2 } }
        await withTaskGroup(of: Bool.self) { group in
            for job in 0..<3000 {
                group.addTask {
                    let deadline = Moment.now.advanced(
                        by: .microseconds(job % 3 == 0 ? job % 500 : 300_000_000))
                    let task = Task { await Self.run(queue, job, deadline: deadline) }
                    if job % 2 == 0 { task.cancel() }
                    return switch await task.value {
                    case .success(let reply): reply == job * 2
                    case .failure(.cancelled): job % 2 == 0
                    case .failure(.overloaded): job % 3 == 0
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test func repliesOfNiceThreadsLeaveFromOneAtNormalPriority() async {
        var settings = Queue.Configuration(name: "test", threads: 2, capacity: 64)
        settings.niceness = 19
        let niceness = Mutex<Set<Int32>>([])
        let queue = Queue(settings) { jobs in
            niceness.withLock { _ = $0.insert(getpriority(.init(PRIO_PROCESS.rawValue), 0)) }
            return jobs
        }
        for job in 0..<50 { #expect(await Self.run(queue, job) == .success(job)) }
        #expect(niceness.withLock { $0 } == [19])
        // No thread that runs tasks has become nice.
        let ours = await withTaskGroup(of: Int32.self) { group in
            for _ in 0..<64 { group.addTask { getpriority(.init(PRIO_PROCESS.rawValue), 0) } }
            return await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(!ours.contains(19))
    }

    @Test func aQueueThatNobodyHoldsEndsItsThreads() async {
        let ended = Monitor(false)
        final class Watch: Sendable {
            let ended: Monitor<Bool>
            init(_ ended: Monitor<Bool>) { self.ended = ended }
            deinit { ended.update { $0 = true } }
        }
        do {
            let watch = Watch(ended)
            let queue = Queue(.init(name: "test", threads: 2, capacity: 8)) { jobs in
                _ = watch
                return jobs
            }
            _ = await Self.run(queue, 1)
        }
        _ = await onOwnThread(named: "test") { ended.wait { $0 ? () : nil } }
    }
}
