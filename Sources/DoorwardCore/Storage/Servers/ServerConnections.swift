// SPDX-License-Identifier: Apache-2.0

/// A connection to a server, used by one thread. It is never used again once something was lost on it, so that a late
/// reply is never taken for another's.
package protocol ServerConnection: AnyObject {
    /// Whether it can carry requests: nothing was lost on it, and the server has not hung up meanwhile.
    var isUsable: Bool { get }
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

/// The threads of a store on a server, each with a connection of its own, made when first needed and again when lost.
///
/// Reads, changes and maintenance have their own threads, so that a read never waits behind a commit's fsync, and neither
/// behind a walk over everything, which comes alone. What waits is sent together (pipelining). A read that was lost is asked again, once, on a fresh connection; a change is not: whoever
/// sent it knows its commit id and finds out.
package final class ServerConnections: Sendable {
    private let reads: RequestQueue
    private let changes: RequestQueue
    private let maintenance: RequestQueue

    /// - Parameters:
    ///   - connect: Makes a connection that has passed every check. Blocks.
    package init(
        name: String, readers: Int, writers: Int, batchLimit: Int, patience: Duration, clocks: ClockComparison,
        connect: @escaping @Sendable () throws(StoreError) -> any ServerConnection
    ) {
        let makeWorker: @Sendable () -> ([StoreRequest]) -> [RequestQueue.Answer] = {
            let line = Line(connect: connect, clocks: clocks)
            return { line.answer($0) }
        }
        func queue(_ suffix: String, _ threads: Int, _ batchLimit: Int) -> RequestQueue {
            RequestQueue(
                name: name + suffix, threads: threads, batchLimit: batchLimit, patience: patience,
                makeWorker: makeWorker)
        }
        reads = queue(".r", readers, batchLimit)
        changes = queue(".w", writers, batchLimit)
        maintenance = queue(".m", 1, 1)
    }

    package func answer(_ request: StoreRequest) async throws(StoreError) -> StoreReply {
        switch request {
        case .read, .list: try await reads.answer(request)
        case .commit, .increment: try await changes.answer(request)
        case .scan, .purge: try await maintenance.answer(request)
        }
    }
}

/// One thread's connection, or none at the moment.
private final class Line {
    private let connect: () throws(StoreError) -> any ServerConnection
    private let clocks: ClockComparison
    private var connection: (any ServerConnection)?

    init(connect: @escaping () throws(StoreError) -> any ServerConnection, clocks: ClockComparison) {
        self.connect = connect
        self.clocks = clocks
    }

    func answer(_ requests: [StoreRequest]) -> [RequestQueue.Answer] {
        let first = send(requests)
        let again = requests.indices.filter { index in
            if case .failure(.lost) = first[index] { !requests[index].isChange } else { false }
        }
        let second = again.isEmpty ? [] : send(again.map { requests[$0] })
        let answers = first.enumerated().map { index, answer in
            again.firstIndex(of: index).map { second[$0] } ?? answer
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

    private func send(_ requests: [StoreRequest]) -> [Result<StoreReply, RequestFailure>] {
        do throws(StoreError) {
            let connection = try usableConnection()
            if clocks.isDue { try clocks.compare(connection.serverTime) }
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
        if let connection, connection.isUsable { return connection }
        connection = nil
        let new = try connect()
        try clocks.compare(new.serverTime)
        connection = new
        return new
    }
}
