// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore
package import DoorwardPasswords
import Synchronization

extension Gatekeeper {
    /// What an account is hashed like that has no password.
    package func dummy(for account: AccountID) -> StoredHash {
        hasher.dummy(census.withLock { $0 }?.pick(for: account))
    }

    /// Counts which sorts of hashes the accounts have, so that unknown names answer as slowly as known ones: after
    /// an import, or a change of the parameters, and once a day (``run()`` does). It looks at every record of the store.
    ///
    /// - Parameter progress: Told how many records have been looked at.
    public func takeHashCensus(progress: (Int) -> Void = { _ in }) async throws(GatekeeperError) {
        try await flow {
            var counts: [StoredHash: UInt64] = [:]
            try await environment.walk(progress: progress) { stored in
                // One that is damaged is none of any sort.
                guard stored.key.kind == .passwords, let record = try? PasswordRecord(stored: stored.value) else {
                    return
                }
                counts[record.hash.blank, default: 0] += 1
            }
            for (example, accounts) in try await configuration.directory?.hashSorts() ?? [] {
                counts[StoredHash.old(example).blank, default: 0] += UInt64(clamping: accounts)
            }
            let taken = HashCensus(counts)
            try await environment.transact(in: .store, reading: [HashCensus.key]) { work, _ throws(StoreError) in
                work.put(taken)
            }
            census.withLock { $0 = taken }
        }
    }

    /// What another process counted.
    package func readHashCensus() async throws(StoreError) {
        let work = try await environment.read([HashCensus.key], in: .store)
        // Without one, all answer like the current parameters; that is no reason not to serve.
        let stored = try? work.load(HashCensus.self)
        census.withLock { $0 = stored }
    }
}
