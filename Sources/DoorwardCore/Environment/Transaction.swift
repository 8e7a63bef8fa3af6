// SPDX-License-Identifier: Apache-2.0

extension AuthEnvironment {
    /// Reads some records of a partition, decides on them, and commits what was decided; if somebody else was faster,
    /// all over again on what is there then.
    ///
    /// *Atomic:* the decision is the one that holds on the state it was committed to. No store call happens between
    /// reading and committing.
    ///
    /// - Parameter start: Records already at hand, tried before any is read.
    /// - Throws: ``StoreError``; `unavailable` when others were faster until the deadline.
    package func transact<R>(
        in partition: Partition, reading keys: [RecordKey], startingFrom start: WorkingSet? = nil,
        decide: (inout WorkingSet, Timestamp) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        try await transactReturningState(in: partition, reading: keys, startingFrom: start, decide: decide).result
    }

    /// Like ``transact(in:reading:startingFrom:decide:)``, and hands on the records as they are afterwards.
    package func transactReturningState<R>(
        in partition: Partition, reading keys: [RecordKey], startingFrom start: WorkingSet? = nil,
        decide: (inout WorkingSet, Timestamp) throws(StoreError) -> R
    ) async throws(StoreError) -> (result: R, state: WorkingSet) {
        let end = ContinuousClock.now.advanced(by: retry.deadline)
        var attempt = 0
        var atHand = start
        if atHand != nil { try await freshenKeys() }
        while true {
            attempt += 1
            var work: WorkingSet
            if let start = atHand { work = start } else { work = try await read(keys, in: partition) }
            atHand = nil
            let now = clock.now()
            let result = try decide(&work, now)
            guard work.writes else { return (result, work) }
            let id = CommitID(from: random)
            switch try await store.commitSurely(id, work.changes, at: now, retry: retry) {
            case .committed: return (result, work.committed(as: id))
            case .conflict: break
            }
            guard ContinuousClock.now < end else {
                throw StoreError(.unavailable, "others changed the same records until the deadline")
            }
            await retry.pause(attempt)
        }
    }

    /// One snapshot of some records of a partition.
    package func read(_ keys: [RecordKey], in partition: Partition) async throws(StoreError) -> WorkingSet {
        try await freshenKeys()
        return WorkingSet(partition: partition, keys: keys, records: try await store.read(keys, at: clock.now()))
    }
}
