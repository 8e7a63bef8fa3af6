// SPDX-License-Identifier: Apache-2.0

/// The connections of a store to its server.
///
/// Reads, pages, changes and maintenance have their own, so that a read never waits behind a long page or a commit's
/// fsync, and none of them behind a walk over everything, which comes alone. What waits is sent together (pipelining);
/// reads all on one connection, because together they cost the server less. A read that was lost is asked again, and so
/// may wait for its turn for twice as long as the others.
package final class ServerConnections: Sendable {
    private let reads: ServerQueue
    private let pages: ServerQueue
    private let changes: ServerQueue
    private let maintenance: ServerQueue

    /// - Parameters:
    ///   - timeout: How long answers may take, and a request may wait for its turn.
    ///   - connect: Makes a connection that has passed every check. Blocks.
    /// - Throws: `unavailable` when the process may open nothing more.
    package init(
        name: String, writers: Int, batchLimit: Int, timeout: Duration, clocks: ClockComparison,
        connect: @escaping @Sendable () throws(StoreError) -> any ServerConnection
    ) throws(StoreError) {
        let supplier = ConnectionSupplier(clocks: clocks, connect: connect)
        func queue(_ suffix: String, lanes: Int = 1, batchLimit: Int, patience: Duration) throws(StoreError)
            -> ServerQueue
        {
            try ServerQueue(
                name: name + suffix, lanes: lanes, batchLimit: batchLimit, timeout: timeout, patience: patience,
                supplier: supplier)
        }
        reads = try queue(".r", batchLimit: batchLimit, patience: timeout * 2)
        // Pages may be large, and are in memory together.
        pages = try queue(".p", batchLimit: 4, patience: timeout)
        changes = try queue(".w", lanes: writers, batchLimit: batchLimit, patience: timeout)
        maintenance = try queue(".m", batchLimit: 1, patience: timeout)
    }

    /// - Throws: `misuse` for what no server could keep to, or nobody would wait for.
    package static func check(timeout: Duration) throws(StoreError) {
        guard timeout >= .seconds(1), timeout <= .seconds(3600) else {
            throw StoreError(.misuse, "a store's time-out is between a second and an hour")
        }
    }

    package func answer(_ request: StoreRequest) async throws(StoreError) -> StoreReply {
        switch request {
        case .read: try await reads.answer(request)
        case .list: try await pages.answer(request)
        case .commit, .increment: try await changes.answer(request)
        case .scan, .purge: try await maintenance.answer(request)
        }
    }
}
