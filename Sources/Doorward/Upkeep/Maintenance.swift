// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

extension Gatekeeper {
    /// Deletes what expired more than an hour ago: sessions, pending sign-ins, attempts on unknown names, counters.
    /// Nothing depends on it but the size of the store.
    ///
    /// - Returns: How many records and counters went.
    @discardableResult
    public func purge() async throws(GatekeeperError) -> Int {
        try await flow {
            var purged = 0
            while true {
                // In small steps, so that no sign-in waits for long.
                let count = try await environment.store.purge(expiredBefore: environment.clock.now(), limit: 200)
                purged += count
                if count < 200 || Task.isCancelled { return purged }
            }
        }
    }

    /// Purges every ten minutes and counts the sorts of hashes once a day, until its task is cancelled. For a service
    /// group, or a task of the service's own; a fault is tried again at the next turn.
    public func run() async {
        var turn = 0
        while !Task.isCancelled {
            _ = try? await purge()
            // Not at every start: it looks at every record.
            if turn % 144 == 6 {
                try? await takeHashCensus()
            } else {
                try? await readHashCensus()
            }
            turn += 1
            try? await Task.sleep(for: .seconds(600))
        }
    }
}
