// SPDX-License-Identifier: Apache-2.0

#if Redis
public import DoorwardCore

/// The contract on one Redis 7 primary, for any number of machines.
///
/// *Atomic:* a commit is one script, which checks all conditions before it writes. *Durable:* a server that may evict
/// records, or does not sync every commit to its append-only file, is refused; weaker only by name. *Reads* are one
/// command, on connections of their own; what waits is sent together.
///
/// Limits: one primary with its disk. A cluster's node is refused, and a replica that is promoted may have lost
/// acknowledged commits. TLS needs a tunnel. All nodes' clocks must be within a minute of the server's. Who can reach the
/// server with its password administers the store.
public final class RedisStore: RequestStore {
    private let connections: ServerConnections
    let startUp: StartUp

    /// Connects and checks the server.
    ///
    /// - Parameters:
    ///   - url: `redis://[[user]:password@]host[:port][/database]`.
    ///   - durability: What an acknowledged commit must survive.
    ///   - timeout: How long a connection may take to be made, a request to wait for its turn (a read twice as long,
    ///     because the reads before it may be asked again), and then for its answer. 1 second to 1 hour.
    ///   - clock: This machine's, which is compared with the server's.
    ///   - events: Are told when the clocks are apart.
    /// - Throws: ``StoreError``: `misuse` for a URL or time-out that is none of these, else `unavailable` and what to do:
    ///   the server cannot be reached, refuses the password, is too old, a replica or a cluster's node, evicts or forgets;
    ///   the clocks are more than a minute apart.
    public init(
        _ url: String, durability: RedisDurability = .everyCommit, timeout: Duration = .seconds(5),
        clock: any WallClock = .system, events: [any SecurityEventSink] = []
    ) async throws(StoreError) {
        try ServerConnections.check(timeout: timeout)
        let startUp = StartUp(url: try RedisURL(url), durability: durability, timeout: timeout)
        let walks = Walks()
        let clocks = ClockComparison(clock: clock, events: events)
        let connect: @Sendable () throws(StoreError) -> Connection = { () throws(StoreError) in
            try Connection(startUp, walks: walks)
        }
        let opened = await onOwnThread(named: "doorward.open") {
            Result { () throws(StoreError) in
                try clocks.compare(try connect().serverTime)
                try clocks.check()
            }
        }
        self.startUp = startUp
        guard let opened else { throw StoreError(.unavailable, "no thread could be started") }
        try opened.get()
        connections = try ServerConnections(
            name: "doorward.redis", writers: 1, batchLimit: 128, timeout: timeout, clocks: clocks
        ) { () throws(StoreError) in
            try connect()
        }
    }

    public func answer(_ request: StoreRequest) async throws(StoreError) -> StoreReply {
        try await connections.answer(request)
    }
}
#endif
