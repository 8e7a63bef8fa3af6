// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// Threads that hash, and nothing else: as many as cores, at nice 19, within a memory budget.
///
/// *Bounded:* the memory of all hashes under way never exceeds the budget; no more than the queue's length wait, each
/// no longer than its deadline; beyond that the answer is ``HashingError/Code/overloaded`` at once. A hash that has
/// begun runs to its end, on inputs that it owns, even if its caller is gone.
///
/// Two of equal cost that follow each other in a queue longer than there are threads go together, on one thread, where the
/// engine is quicker by that. Nobody is passed over.
///
/// One pool serves a process. Replies leave from a thread at normal priority.
public final class HashingPool: Sendable {
    public struct Configuration: Sendable {
        /// Threads; as many as the container or machine has processors if not said.
        public var threads: Int
        /// Bytes that hashes may use together; a quarter of the container's memory, at least 64 MiB, if not said.
        public var memoryBudget: Int
        /// How many may wait.
        public var queueLength: Int
        /// How long each may wait.
        public var deadline: Duration
        /// What measurements leave out, to show what it is worth.
        @_spi(Measuring) public var niceness: Int32 = 19
        @_spi(Measuring) public var takesPairs = true

        public init(
            threads: Int? = nil, memoryBudget: Int? = nil, queueLength: Int = 256, deadline: Duration = .seconds(10)
        ) {
            self.threads = threads ?? HostLimits.current.threads
            self.memoryBudget = memoryBudget ?? HostLimits.current.hashingBudget
            self.queueLength = queueLength
            self.deadline = deadline
        }
    }

    package let configuration: Configuration
    /// What computes the hashes.
    package let engine: Argon2Engine
    private let queue: BatchQueue<HashingJob, Result<[UInt8], HashingError>>

    /// - Parameter engine: What computes the hashes: the quickest there is, unless pinned to libargon2.
    public convenience init(_ configuration: Configuration = Configuration(), engine: Argon2Engine = .automatic) {
        self.init(configuration, engine: engine) { jobs in HashingJob.compute(jobs, by: engine) }
    }

    /// - Parameter compute: What does the work, on a thread that may be busy for long.
    package convenience init(
        _ configuration: Configuration,
        compute: @escaping @Sendable (HashingJob) throws(HashingError) -> [UInt8]
    ) {
        self.init(configuration, engine: .libargon2) { jobs in
            jobs.map { job in Result { () throws(HashingError) in try compute(job) } }
        }
    }

    private init(
        _ configuration: Configuration, engine: Argon2Engine,
        process: @escaping @Sendable ([HashingJob]) -> [Result<[UInt8], HashingError>]
    ) {
        self.configuration = configuration
        self.engine = engine
        var settings = BatchQueue<HashingJob, Result<[UInt8], HashingError>>.Configuration(
            name: "doorward.hash", threads: configuration.threads, capacity: configuration.queueLength)
        settings.niceness = configuration.niceness
        settings.budget = configuration.memoryBudget
        settings.cost = { $0.memoryBytes }
        // When more wait than there are threads, each takes two that are quicker together than in turn.
        settings.batchLimit = engine.takesPairs && configuration.takesPairs ? 2 : 1
        settings.belongs = { $0.isLike($1) }
        queue = BatchQueue(settings, process: process)
    }

    /// A place in the queue, or `overloaded`.
    ///
    /// - Parameter source: A client's address; none may hold more than a quarter of the queue.
    package func admit(source: [UInt8]? = nil) throws(HashingError) -> HashingPlace {
        guard let place = queue.admit(source: source) else {
            throw HashingError(.overloaded, "the hashing queue is full")
        }
        return HashingPlace(place: place, deadline: Moment.now.advanced(by: configuration.deadline))
    }

    /// Waits for the turn and hashes.
    package func compute(_ job: HashingJob, in place: HashingPlace) async throws(HashingError) -> [UInt8] {
        guard job.memoryBytes <= configuration.memoryBudget else {
            place.release()
            throw HashingError(.unavailable, "the hash asks for more memory than this host's budget")
        }
        let result: Result<[UInt8], HashingError>
        do throws(QueueRefusal) {
            result = try await queue.run(job, in: place.place, deadline: place.deadline)
        } catch {
            switch error {
            case .overloaded: throw HashingError(.overloaded, "no hash could begin before the deadline")
            case .cancelled: throw HashingError(.cancelled, "the caller was cancelled")
            }
        }
        return try result.get()
    }
}

/// A place in the hashing queue, and the time until which it is good.
package struct HashingPlace: Sendable {
    fileprivate let place: QueuePlace
    package let deadline: Moment

    package func release() { place.release() }
}
