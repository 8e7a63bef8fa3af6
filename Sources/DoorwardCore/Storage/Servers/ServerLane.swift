// SPDX-License-Identifier: Apache-2.0

/// A connection, made when needed and again when lost, and the bell of the thread that waits for its answers.
///
/// A read that was lost is asked again, once, on a fresh connection. A change is not: whoever sent it knows its commit id
/// and finds out.
final class ServerLane: @unchecked Sendable {
    // Sendable: ``ServerQueueState`` says whose the lane is, its thread's or that of one caller that sends, and under its
    // lock one hands it to the other. The thread alone writes variables, while the lane is its own; a caller that sends
    // reads them, and uses the connection, while it is not. What the thread reads otherwise nobody writes then.
    let number: Int
    let bell: Doorbell
    private let timeout: Duration
    private let supplier: ConnectionSupplier
    private var connection: (any ServerConnection)?
    private var descriptor: Int32 = -1
    private var era: ConnectionSupplier.Era

    init(_ number: Int, timeout: Duration, supplier: ConnectionSupplier) throws(StoreError) {
        guard let bell = Doorbell() else { throw StoreError(.unavailable, "too many files are open") }
        self.number = number
        self.bell = bell
        self.timeout = timeout
        self.supplier = supplier
        era = supplier.era
    }

    // MARK: Whoever sends

    /// - Returns: Whether the thread need not send them, and whether it only has to wait for the answers.
    func send(_ jobs: [ServerJob], until end: Moment) -> (isDone: Bool, isOnItsWay: Bool) {
        // Only the thread may wait for a check, or for a fresh connection.
        guard let connection, era == supplier.era, !connection.hasEnded else { return (false, false) }
        return (true, connection.send(jobs, until: end))
    }

    /// The answers, if they have come already.
    func receiveAtOnce(_ jobs: [ServerJob]) -> EarlyAnswers {
        guard let connection else { return .begun }
        let found = connection.receiveAtOnce()
        guard case .all(let answers) = found else { return found }
        // Whoever comes next leaves it to the thread to connect anew.
        if connection.isLost { supplier.noteLoss(in: era) }
        return answers.count == jobs.count ? found : .begun
    }

    // MARK: The thread

    /// Whether it makes sense to listen, so that callers may send.
    var isListening: Bool { connection != nil }

    /// Waits until somebody rings, or the server answers or hangs up.
    ///
    /// - Parameters:
    ///   - atBell: Whether for the bell alone, which whoever has sent then rings. That the server hung up shows when
    ///     somebody comes to send.
    ///   - stop: Whether nobody has sent anything, and nobody will.
    func listen(atBell: Bool, stop: () -> Bool) {
        if bell.wait(at: atBell ? -1 : descriptor), stop(), connection?.hasEnded == true { connection = nil }
    }

    func sleep() { _ = bell.wait() }

    typealias Answers = [Result<StoreReply, RequestFailure>]

    func exchange(_ jobs: [ServerJob]) -> Answers {
        settle(jobs, ask(jobs, isFirst: true))
    }

    func receive(_ jobs: [ServerJob]) -> Answers { settle(jobs, answers(jobs.count)) }

    /// Asks again for reads that were lost.
    private func settle(_ jobs: [ServerJob], _ answers: Answers) -> Answers {
        var answers = answers
        let again = jobs.indices.filter { index in
            if case .failure(.lost) = answers[index] { !jobs[index].request.isChange } else { false }
        }
        if !again.isEmpty {
            for (index, answer) in zip(again, ask(again.map { jobs[$0] }, isFirst: false)) {
                answers[index] = answer
            }
        }
        return answers
    }

    private func ask(_ jobs: [ServerJob], isFirst: Bool) -> Answers {
        do throws(StoreError) {
            if !isFirst || !isUsable { try connect() }
            try supplier.checkClock()
            _ = connection?.send(jobs, until: .now.advanced(by: timeout))
            return answers(jobs.count)
        } catch {
            return jobs.map { _ in .failure(.refused(error)) }
        }
    }

    private func answers(_ count: Int) -> Answers {
        var answers = connection?.receive() ?? []
        if connection?.isLost == true {
            connection = nil
            supplier.noteLoss(in: era)
        }
        // Too few answers leave nobody hanging.
        while answers.count < count { answers.append(.failure(.lost("the server answered too little"))) }
        return answers
    }

    private var isUsable: Bool { connection.map { supplier.check($0, &era) } ?? false }

    private func connect() throws(StoreError) {
        connection = nil
        let (new, era) = try supplier.connect()
        descriptor = new.descriptor
        self.era = era
        connection = new
    }
}
