// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardStores
import DoorwardTesting

@_spi(Testing) import DoorwardPasswords

#if SQLite
import DoorwardSQLite
#endif
#if PostgreSQL
import DoorwardPostgreSQL
#endif

/// Where a job finds its store and keys: the first three words after its name, `URL SCHEMA KEYS`.
struct Place {
    let url: String
    /// Of PostgreSQL; a hyphen elsewhere.
    let schema: String
    let keys: String

    init(_ words: [String]) { (url, schema, keys) = (words[0], words[1], words[2]) }

    /// - Parameter isSynchronous: Else commits of SQLite are not synced.
    func store(isSynchronous: Bool = true) async throws -> any AuthStore {
        let timeout = Duration.seconds(30)
        #if SQLite
        if url.hasPrefix("sqlite:") {
            let path = String(url.dropFirst(7))
            return try await SQLiteStore(
                at: path, busyTimeout: timeout, clock: .system, synchronous: isSynchronous ? .full : .normal)
        }
        #endif
        #if PostgreSQL
        if schema != "-" { return try await PostgreSQLStore(url, schema: schema, timeout: timeout) }
        #endif
        return try await StoreURL(url).open()
    }

    func gatekeeper(
        isSynchronous: Bool = true, events: [any SecurityEventSink] = [],
        wrap: (any AuthStore) -> any AuthStore = { $0 }
    ) async throws -> Gatekeeper {
        let store = wrap(try await store(isSynchronous: isSynchronous))
        var configuration = GatekeeperConfiguration(
            hashingPool: HashingPool(.init(threads: 1, deadline: .seconds(30))))
        configuration.argon2 = .insecureForTesting
        return Gatekeeper(
            try await .open(
                store: store, keys: .file(keys), retry: RetryPolicy(deadline: .seconds(60)), events: events),
            configuration: configuration)
    }
}
