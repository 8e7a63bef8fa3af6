// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import Synchronization

/// Writes down what is asked of a store: verbs, kinds of records and the shape of changes, without their content.
public final class SpyStore: StoreWrapper {
    public let base: any AuthStore
    private let log = Mutex<[String]>([])

    public init(_ base: any AuthStore) { self.base = base }

    /// What was asked since the last call of this.
    public func take() -> [String] {
        log.withLock { log in
            defer { log = [] }
            return log
        }
    }

    /// A line of somebody else's, in its place among the calls.
    public func note(_ line: String) { log.withLock { $0.append(line) } }

    public func read(_ keys: [RecordKey], at now: Timestamp) async throws(StoreError) -> [StoredRecord?] {
        note("read \(keys.map { "\($0.kind.code)" }.joined(separator: " "))")
        return try await base.read(keys, at: now)
    }

    public func commit(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp)
        async throws(StoreError) -> CommitOutcome
    {
        let outcome = try await base.commit(id, changes, at: now)
        let shape = changes.map { change in
            switch change {
            case .create(let key, _, _), .replace(let key, _, _, _): "write \(key.kind.code)"
            case .remove(let key, _): "remove \(key.kind.code)"
            case .require(let key, _): "require \(key.kind.code)"
            }
        }
        note("commit \(shape.joined(separator: ", ")): \(outcome)")
        return outcome
    }

    public func increment(_ key: CounterKey, by amount: Int, ceiling: Int?, expiresAt: Timestamp, at now: Timestamp)
        async throws(StoreError) -> IncrementOutcome
    {
        note("increment \(key.kind.code) by \(amount)")
        return try await base.increment(key, by: amount, ceiling: ceiling, expiresAt: expiresAt, at: now)
    }
}
