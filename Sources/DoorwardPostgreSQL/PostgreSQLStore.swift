// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
public import DoorwardCore

/// The contract on PostgreSQL 14 or later, for any number of machines.
///
/// *Atomic:* a commit is one call of a function of ours in one transaction: it locks the partition, then checks all
/// conditions, then writes. *Durable:* `synchronous_commit` is on for every session, and a server without `fsync` is
/// refused. *Reads* are one snapshot, and never wait behind a commit; those that wait together are one statement.
///
/// Limits: sessions must be ours alone, so a pooler that shares them between transactions cannot be used. All nodes'
/// clocks must be within a minute of the server's. An asynchronous replica that is promoted may have lost acknowledged
/// commits.
public final class PostgreSQLStore: RequestStore {
    private let connections: ServerConnections
    let connect: @Sendable () throws(StoreError) -> Session
    let schemaName: String

    /// Connects, checks the server, and makes or migrates the tables.
    ///
    /// - Parameters:
    ///   - connectionString: A URL (`postgresql://…`) or key words, as libpq takes them; a password, TLS
    ///     (`sslmode=verify-full`) and several hosts are said there.
    ///   - schema: Where the tables are: 1 to 40 of a to z, 0 to 9 and `_`. It is made if the role may.
    ///   - timeout: How long a connection may take to be made (to each address, at least two seconds), a request to wait
    ///     for its turn (a read twice as long, because the reads before it may be asked again), and then for its answer.
    ///     1 second to 1 hour.
    ///   - clock: This machine's, which is compared with the server's.
    ///   - events: Are told when the clocks are apart.
    /// - Throws: ``StoreError``: `misuse` for a malformed connection string, schema name or time-out, else `unavailable` and
    ///   what to do: the server cannot be reached, is too old, a replica, or not durable; the role lacks privileges; the
    ///   schema is another program's, of an unknown version, or half migrated; the clocks are more than a minute apart.
    public convenience init(
        _ connectionString: String, schema: String = "doorward", timeout: Duration = .seconds(5),
        clock: any WallClock = .system, events: [any SecurityEventSink] = []
    ) async throws(StoreError) {
        try await self.init(
            connectionString, schema: schema, timeout: timeout, clock: clock, events: events, locksRows: false)
    }

    /// - Parameter locksRows: Behaves as on a server whose advisory locks do not lock. For tests.
    package init(
        _ connectionString: String, schema: String, timeout: Duration, clock: any WallClock,
        events: [any SecurityEventSink], locksRows: Bool
    ) async throws(StoreError) {
        let secret = Secret(copying: connectionString.utf8)
        guard Session.isWellFormed(secret) else {
            throw StoreError(.misuse, "the connection string is not one that PostgreSQL's libpq understands")
        }
        try ServerConnections.check(timeout: timeout)
        let startUp = StartUp(schema: try Schema(schema), statementTimeout: timeout.wholeMilliseconds - 500)
        let session: @Sendable () throws(StoreError) -> Session = { () throws(StoreError) in
            let session = try Session(secret, timeout: timeout)
            try startUp.settle(session)
            return session
        }
        let clocks = ClockComparison(clock: clock, events: events)
        let opened = await onOwnThread(named: "doorward.open") {
            Result { () throws(StoreError) in
                let (first, second) = (try session(), try session())
                let isStub = try !startUp.advisoryLocksHold(first, second, random: SystemRandomSource())
                let requests = Requests(
                    startUp.schema, locksRows: try startUp.migrate(first, locksRows: isStub || locksRows))
                try clocks.compare(Connection(first, requests).serverTime)
                try clocks.check()
                return requests
            }
        }
        connect = session
        schemaName = startUp.schema.name
        guard let opened else { throw StoreError(.unavailable, "no thread could be started") }
        let requests = try opened.get()
        connections = try ServerConnections(
            name: "doorward.pg", writers: 4, batchLimit: 64, timeout: timeout, clocks: clocks
        ) { () throws(StoreError) in
            Connection(try session(), requests)
        }
    }

    public func answer(_ request: StoreRequest) async throws(StoreError) -> StoreReply {
        try await connections.answer(request)
    }
}
#endif
