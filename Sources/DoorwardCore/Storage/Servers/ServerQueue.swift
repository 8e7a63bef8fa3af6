// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Requests to a server, and lanes on which they go: each a connection and a thread that waits for its answers.
///
/// While a lane is free, whoever brings a request hands it to the socket, which takes it without waiting; so it is on its
/// way before any thread wakes, and mostly one wakes once for it, when the answer is there. If others ran while it was
/// sent, among them maybe the server, whoever has sent looks for the answer first; where it is there, no thread wakes at
/// all. What comes meanwhile goes together.
///
/// *Exactly once:* whoever takes a request out of the queue (a caller that sends, a lane's thread, the deadline) owes its
/// one reply. A request settles something, so it does not end with its caller's task.
final class ServerQueue: Sendable {
    private let core: ServerQueueCore
    private let patience: Duration
    private let started = Mutex(false)

    /// - Parameters:
    ///   - lanes: How many connections there may be.
    ///   - batchLimit: How many requests go together.
    ///   - timeout: How long answers may take; what is silent for as long is given up by the connections.
    ///   - patience: How long a request may wait for its turn; beyond it, `unavailable`.
    /// - Throws: `unavailable` when the process may open nothing more.
    init(
        name: String, lanes: Int = 1, batchLimit: Int, timeout: Duration, patience: Duration,
        supplier: ConnectionSupplier
    ) throws(StoreError) {
        core = try ServerQueueCore(
            name: name, lanes: lanes, batchLimit: batchLimit, timeout: timeout, supplier: supplier)
        self.patience = patience
    }

    // The threads hold the core, never the queue; so this runs, and ends them.
    deinit { core.close() }

    func answer(_ request: StoreRequest) async throws(StoreError) -> StoreReply {
        guard startThreads() else { throw StoreError(.unavailable, "no thread could be started") }
        return try await withCheckedContinuation { continuation in
            let now = Moment.now
            core.append(ServerJob(request, deadline: now.advanced(by: patience), continuation: continuation), at: now)
        }.get()
    }

    /// Threads start with the first request, not with the queue.
    private func startThreads() -> Bool {
        started.withLock { started in
            if !started { started = core.start() }
            return started
        }
    }
}
