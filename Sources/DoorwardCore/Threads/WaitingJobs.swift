// SPDX-License-Identifier: Apache-2.0

/// Something that waits for its turn, until a deadline. Whoever takes it out owes its one reply.
protocol WaitingJob: Sendable {
    var deadline: Moment { get }
}

/// Jobs in the order in which they came, and when somebody looks at their deadlines next.
///
/// Threads look at deadlines themselves, unless all of them are stuck; so somebody else looks too.
struct WaitingJobs<Job: WaitingJob>: Sendable {
    private(set) var all: [Job] = []
    private var watch = DeadlineWatch()

    var isEmpty: Bool { all.isEmpty }
    var count: Int { all.count }

    /// - Returns: When to look at deadlines, if nobody does as early.
    mutating func append(_ job: Job) -> Moment? {
        all.append(job)
        return watch.add(job.deadline)
    }

    mutating func removeFirst(_ count: Int) { all.removeFirst(count) }

    mutating func takeFirst(_ count: Int) -> [Job] {
        if count == all.count {
            defer { all = [] }
            return all
        }
        defer { all.removeFirst(count) }
        return Array(all.prefix(count))
    }

    mutating func removeFirst(where isWanted: (Job) -> Bool) -> Job? {
        all.firstIndex(where: isWanted).map { all.remove(at: $0) }
    }

    /// Takes out what waits past its deadline.
    ///
    /// - Returns: The late, and when to look again: `nil` when nothing waits, or somebody else looks earlier.
    mutating func takeLate(lookingAt time: Moment) -> (late: [Job], next: Moment?) {
        let now = Moment.now
        let late = all.filter { $0.deadline <= now }
        all.removeAll { $0.deadline <= now }
        return (late, watch.goOn(from: time, to: all.map(\.deadline).min()))
    }
}
