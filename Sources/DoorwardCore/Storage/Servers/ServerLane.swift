// SPDX-License-Identifier: Apache-2.0

/// Makes connections, and holds this machine's clock to the server's.
struct ConnectionSupplier: Sendable {
    /// Makes one that has passed every check. Blocks.
    let connect: @Sendable () throws(StoreError) -> any ServerConnection
    let clocks: ClockComparison

    /// Whether clocks were compared lately and are near enough.
    var isTrusted: Bool { clocks.isTrusted }

    func newConnection() throws(StoreError) -> any ServerConnection {
        let new = try connect()
        try clocks.compare(new.serverTime)
        return new
    }
}

/// A connection, made when needed and again when lost, and the bell of the thread that waits for its answers.
///
/// A read that was lost is asked again, once, on a fresh connection. A change is not: whoever sent it knows its commit id
/// and finds out.
final class ServerLane: @unchecked Sendable {
    // Sendable: ``ServerQueueState`` says whose the lane is, its thread's or that of one caller that sends, and under its
    // lock one hands it to the other. `connection` and `isDrowsy` change on the thread alone, while the lane is its own;
    // what else the thread reads meanwhile is constant.
    let number: Int
    let bell: Doorbell
    private let milliseconds: Int32
    private let supplier: ConnectionSupplier
    private var connection: (any ServerConnection)?
    private var descriptor: Int32 = -1
    /// Nobody came for long.
    private var isDrowsy = false

    init(_ number: Int, timeout: Duration, supplier: ConnectionSupplier) throws(StoreError) {
        guard let bell = Doorbell() else { throw StoreError(.unavailable, "too many files are open") }
        self.number = number
        self.bell = bell
        milliseconds = Int32(clamping: timeout.wholeMilliseconds)
        self.supplier = supplier
    }

    // MARK: Whoever sends

    /// - Returns: Whether the thread need not send them, and whether it only has to wait for the answers.
    func send(_ jobs: [ServerJob]) -> (isDone: Bool, isOnItsWay: Bool) {
        // What is lost may have been done, so nothing that changes something goes where nobody listens any more.
        guard let connection, !jobs.contains(where: \.request.isChange) || !connection.hasEnded else {
            return (false, false)
        }
        return (true, connection.send(jobs.map(\.request)))
    }

    // MARK: The thread

    /// Whether callers may send.
    var isListening: Bool { connection != nil && !isDrowsy }

    /// Waits until somebody has sent, rings, or the server hangs up. What was sent in vain is seen in time, because no
    /// wait is longer than answers may take.
    ///
    /// - Parameter stop: Whether nobody has sent anything, and nobody will.
    func listen(stop: () -> Bool) {
        let waking = bell.wait(at: descriptor, milliseconds: milliseconds)
        guard waking.isReadable || waking.isTimeOut, stop() else { return }
        if waking.isTimeOut { isDrowsy = true }
        if waking.isReadable, connection?.hasEnded == true { connection = nil }
    }

    func sleep() { _ = bell.wait() }

    typealias Answers = [Result<StoreReply, RequestFailure>]

    func exchange(_ jobs: [ServerJob]) -> Answers {
        isDrowsy = false
        return settle(jobs, ask(jobs.map(\.request), isFirst: true))
    }

    func receive(_ jobs: [ServerJob]) -> Answers { settle(jobs, answers(jobs.count)) }

    /// Asks again for reads that were lost.
    private func settle(_ jobs: [ServerJob], _ answers: Answers) -> Answers {
        var answers = answers
        let again = jobs.indices.filter { index in
            if case .failure(.lost) = answers[index] { !jobs[index].request.isChange } else { false }
        }
        if !again.isEmpty {
            for (index, answer) in zip(again, ask(again.map { jobs[$0].request }, isFirst: false)) {
                answers[index] = answer
            }
        }
        return answers
    }

    private func ask(_ requests: [StoreRequest], isFirst: Bool) -> Answers {
        do throws(StoreError) {
            if !(isFirst && isUsable) { try connect() }
            try supplier.clocks.check()
            _ = connection?.send(requests)
            return answers(requests.count)
        } catch {
            return requests.map { _ in .failure(.refused(error)) }
        }
    }

    private func answers(_ count: Int) -> Answers {
        var answers = connection?.receive() ?? []
        if connection?.isLost == true { connection = nil }
        // Too few answers leave nobody hanging.
        while answers.count < count { answers.append(.failure(.lost("the server answered too little"))) }
        return answers
    }

    private var isUsable: Bool {
        guard let connection, !connection.hasEnded else { return false }
        do throws(StoreError) {
            if supplier.clocks.isDue { try supplier.clocks.compare(connection.serverTime) }
            return true
        } catch { return false }
    }

    private func connect() throws(StoreError) {
        connection = nil
        let new = try supplier.newConnection()
        descriptor = new.descriptor
        connection = new
    }
}
