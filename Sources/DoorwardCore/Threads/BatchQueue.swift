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
/// A caller first takes a *place*, which bounds how many may wait, then waits its turn with it: for one job at a time.
/// *Exactly once:* whoever takes a job out of the queue (a thread, the deadline, a cancellation) owes its one reply. A
/// job that a thread has taken runs to its end, whatever becomes of the caller, and owns its input.
package final class BatchQueue<Request: Sendable, Reply: Sendable>: Sendable {
    package struct Configuration: Sendable {
        package var name: String
        package var threads: Int
        /// Places: jobs that wait or are about to. Those that run do not count.
        package var capacity: Int
        /// A thread takes its share of what waits, at most that many.
        package var batchLimit = 1
        /// Whether a job goes into a batch with the first of it. The batch ends before one that does not, so that nobody is
        /// bound to another's work without gain.
        package var belongs: @Sendable (_ job: Request, _ first: Request) -> Bool = { _, _ in true }
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
    package convenience init(_ configuration: Configuration, process: @escaping @Sendable ([Request]) -> [Reply]) {
        self.init(configuration, makeWorker: { process })
    }

    /// - Parameter makeWorker: Called once on each thread of the queue; what it returns does that thread's batches and
    ///   may hold what no other thread touches, such as a connection.
    package init(_ configuration: Configuration, makeWorker: @escaping @Sendable () -> ([Request]) -> [Reply]) {
        core = QueueCore(configuration: configuration, makeWorker: makeWorker)
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
        _ request: Request, in place: QueuePlace, deadline: Moment, isCancellable: Bool = true
    ) async throws(QueueRefusal) -> Reply {
        guard startThreads() else { throw .overloaded }
        guard isCancellable else { return try await reply(to: request, in: place, deadline).get() }
        let result = await withTaskCancellationHandler {
            await reply(to: request, in: place, deadline) {
                // Cancelled before there was a job to withdraw.
                if Task.isCancelled { core.withdraw(place) }
            }
        } onCancel: {
            core.withdraw(place)
        }
        return try result.get()
    }

    private func reply(
        to request: Request, in place: QueuePlace, _ deadline: Moment, onceQueued: () -> Void = {}
    ) async -> Result<Reply, QueueRefusal> {
        await withCheckedContinuation { continuation in
            core.append(
                QueuedJob(request: request, deadline: deadline, place: place, continuation: continuation))
            onceQueued()
        }
    }

    /// Threads start with the first job, not with the queue.
    private func startThreads() -> Bool {
        started.withLock { started in
            if !started { started = core.start() }
            return started
        }
    }
}
