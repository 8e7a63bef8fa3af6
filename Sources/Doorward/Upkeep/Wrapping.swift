// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore
package import DoorwardPasswords
import Synchronization

extension Gatekeeper {
    /// Hashes every old hash with Argon2id, so that none is stored any longer as another system made it. Passwords
    /// stay good; each is hashed anew at its next sign-in.
    ///
    /// It never undoes a change of a password made meanwhile. Can be stopped and repeated. Costs a hash an account, as many
    /// at once as the pool has threads, each queued like a sign-in.
    ///
    /// - Parameter progress: Told how many records of the store have been looked at.
    /// - Returns: How many were wrapped.
    public func wrapOldHashes(progress: @Sendable (Int) -> Void = { _ in }) async throws(GatekeeperError) -> Int {
        try await flow {
            let wrapped = Mutex(0)
            // By accounts, a page at a time: what is waiting is bounded.
            var waiting: [RecordKey] = []
            func wrapWaiting() async throws {
                var left = waiting[...]
                waiting = []
                try await inParallel(hasher.pool.configuration.threads, { left.popFirst() }) { [self] key in
                    if try await wrap(key) { wrapped.withLock { $0 += 1 } }
                }
            }
            var damage: StoreError?
            do {
                try await environment.walk(progress: progress) { stored in
                    guard stored.key.kind == .passwords,
                        case .old = try PasswordRecord(stored: stored.value).hash
                    else { return }
                    waiting.append(stored.key)
                    if waiting.count >= 64 { try await wrapWaiting() }
                }
            } catch let error as StoreError where error.code == .corrupt {
                // All others were shown; they are wrapped first.
                damage = error
            }
            try await wrapWaiting()
            if let damage { throw damage }
            return wrapped.withLock { $0 }
        }
    }

    private func wrap(_ key: RecordKey) async throws -> Bool {
        let work = try await environment.read([key], in: key.partition)
        guard let record = try? work.load(PasswordRecord.self), case .old(let old) = record.hash
        else { return false }
        let hash = try await hasher.wrap(old)
        return try await replace(record.hash, by: hash, in: key.partition)
    }

    /// Stores another hash of the same password, if the one that it was made from is still there: a password that was
    /// changed meanwhile stays changed.
    package func replace(_ known: StoredHash, by hash: StoredHash, in partition: Partition) async throws(StoreError)
        -> Bool
    {
        try await environment.transact(in: partition, reading: [RecordKey(.passwords, in: partition, id: .only)]) {
            work, _ throws(StoreError) in
            guard var record = try work.load(PasswordRecord.self), record.hash == known else { return false }
            record.hash = hash
            work.put(record)
            return true
        }
    }
}
