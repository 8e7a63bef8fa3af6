// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A connection to a server, used by one thread at a time. It is never used again once something was lost on it, so that
/// a late reply is never taken for another's.
package protocol ServerConnection: AnyObject {
    /// Whether something was lost on it, so that it is not used again.
    var isLost: Bool { get }
    /// Whether something came, or the server hung up, while nobody asked it anything.
    var hasEnded: Bool { get }
    func serverTime() throws(StoreError) -> Timestamp
    /// Sends all, then reads the answers, in order.
    func answer(_ requests: [StoreRequest]) -> [Result<StoreReply, RequestFailure>]
}

/// Why a server did not answer a request.
package enum RequestFailure: Error, Sendable {
    /// The server said so; nothing was changed.
    case refused(StoreError)
    /// No answer came. It may have been done.
    case lost(String)
}

/// The threads of a store on a server, and the connections that they take turns with: made when needed, again when lost.
///
/// Reads, pages, changes and maintenance have their own threads, so that a read never waits behind a long page or a
/// commit's fsync, and none of them behind a walk over everything, which comes alone. What waits is sent together
/// (pipelining); reads all by one thread, because together they cost the server less. A read that was lost is asked again,
/// once, on a fresh connection, and so a read may wait for its turn for twice as long as the others; a change is not asked
/// again: whoever sent it knows its commit id and finds out.
package final class ServerConnections: Sendable {
    private let reads: RequestQueue
    private let pages: RequestQueue
    private let changes: RequestQueue
    private let maintenance: RequestQueue

    /// - Parameters:
    ///   - connect: Makes a connection that has passed every check. Blocks.
    package init(
        name: String, writers: Int, batchLimit: Int, patience: Duration, clocks: ClockComparison,
        connect: @escaping @Sendable () throws(StoreError) -> any ServerConnection
    ) {
        let line = Line(connect: connect, clocks: clocks)
        func queue(_ suffix: String, threads: Int = 1, batchLimit: Int, patience: Duration) -> RequestQueue {
            RequestQueue(name: name + suffix, threads: threads, batchLimit: batchLimit, patience: patience) {
                { line.answer($0) }
            }
        }
        reads = queue(".r", batchLimit: batchLimit, patience: patience * 2)
        // Pages may be large, and are in memory together.
        pages = queue(".p", batchLimit: 4, patience: patience)
        changes = queue(".w", threads: writers, batchLimit: batchLimit, patience: patience)
        maintenance = queue(".m", batchLimit: 1, patience: patience)
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

/// What the threads share: connections that nobody uses at the moment, the last used first.
private final class Line: Sendable {
    /// Sendable: a connection is here or with the one thread that took it out, never both.
    private struct Parked: @unchecked Sendable { let connection: any ServerConnection }

    private let connect: @Sendable () throws(StoreError) -> any ServerConnection
    private let clocks: ClockComparison
    private let idle = Mutex<[Parked]>([])

    init(connect: @escaping @Sendable () throws(StoreError) -> any ServerConnection, clocks: ClockComparison) {
        self.connect = connect
        self.clocks = clocks
    }

    func answer(_ requests: [StoreRequest]) -> [RequestQueue.Answer] {
        var answers = send(requests, on: Result { () throws(StoreError) in try usableConnection() })
        let again = requests.indices.filter { index in
            if case .failure(.lost) = answers[index] { !requests[index].isChange } else { false }
        }
        if !again.isEmpty {
            // The others may have died with it, unnoticed.
            idle.withLock { $0 = [] }
            let fresh = Result { () throws(StoreError) in try newConnection() }
            for (index, answer) in zip(again, send(again.map { requests[$0] }, on: fresh)) { answers[index] = answer }
        }
        return zip(requests, answers).map { request, answer in
            answer.mapError { failure in
                switch failure {
                case .refused(let error): error
                case .lost(let reason): StoreError(request.isChange ? .outcomeUnknown : .unavailable, reason)
                }
            }
        }
    }

    private func send(_ requests: [StoreRequest], on connection: Result<any ServerConnection, StoreError>)
        -> [Result<StoreReply, RequestFailure>]
    {
        do throws(StoreError) {
            let connection = try connection.get()
            defer { if !connection.isLost { idle.withLock { $0.append(Parked(connection: connection)) } } }
            try clocks.check()
            let answers = connection.answer(requests)
            // Too few answers leave nobody hanging.
            let missing = max(0, requests.count - answers.count)
            return answers + Array(repeating: .failure(.lost("the server answered too little")), count: missing)
        } catch {
            return requests.map { _ in .failure(.refused(error)) }
        }
    }

    private func usableConnection() throws(StoreError) -> any ServerConnection {
        while let parked = idle.withLock({ $0.popLast() }) {
            guard !parked.connection.hasEnded else { continue }
            do throws(StoreError) {
                if clocks.isDue { try clocks.compare(parked.connection.serverTime) }
                return parked.connection
            } catch {
                // The others have been idle for as long.
                idle.withLock { $0 = [] }
            }
        }
        return try newConnection()
    }

    private func newConnection() throws(StoreError) -> any ServerConnection {
        let new = try connect()
        try clocks.compare(new.serverTime)
        return new
    }
}
