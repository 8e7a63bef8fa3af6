// SPDX-License-Identifier: Apache-2.0

#if Redis
import CHiredis
import DoorwardCore
import Glibc

/// One connection. After a time-out or a reply that is none it is never read again.
@safe final class Link {
    private let context: UnsafeMutablePointer<redisContext>
    let descriptor: Int32
    private let timeout: Duration
    private(set) var isLost = false
    /// What the socket has not taken yet.
    private var unsent: ArraySlice<UInt8> = []
    /// Of the commands that were sent and are not answered.
    private var due = 0
    /// By when they must be.
    private(set) var end = Moment.now

    /// Blocks. Names are resolved and connected to within the time-out each.
    init(host: String, port: Int32, timeout: Duration) throws(StoreError) {
        let (seconds, rest) = timeout.wholeMilliseconds.quotientAndRemainder(dividingBy: 1000)
        let limit = timeval(tv_sec: Int(seconds), tv_usec: Int(rest) * 1000)
        guard let context = unsafe redisConnectWithTimeout(host, port, limit) else {
            throw StoreError(.unavailable, "out of memory")
        }
        guard unsafe context.pointee.err == 0 else {
            let reason = unsafe Self.message(context)
            unsafe redisFree(context)
            throw StoreError(.unavailable, "cannot connect to Redis at \(host), port \(port): \(reason)")
        }
        unsafe redisEnableKeepAlive(context)
        // From here on we wait for the socket ourselves, with one deadline for all that is asked at once.
        descriptor = unsafe context.pointee.fd
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        unsafe context.pointee.flags &= ~REDIS_BLOCK
        unsafe self.context = unsafe context
        self.timeout = timeout
    }

    deinit { unsafe redisFree(context) }

    /// Whether the server hung up while nobody asked it anything: what is there to read then is a farewell.
    var hasEnded: Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe Glibc.poll(&poll, 1, 0) != 0
    }

    /// Sends all commands at once, then reads their replies; `nil` for those that did not come.
    func run(_ commands: [Command]) -> [RedisValue?] {
        send(commands, until: deadline)
        return receive { $1?.value }
    }

    /// When whatever is asked now must be answered.
    var deadline: Moment { .now.advanced(by: timeout) }

    /// Hands commands to the socket, and waits for nothing.
    ///
    /// - Returns: Whether it took all of them.
    @discardableResult
    func send(_ commands: consuming [Command], until end: Moment) -> Bool {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(commands.reduce(0) { $0 + $1.length })
        for place in commands.indices { commands[place].append(to: &bytes) }
        return send(bytes[...], due: commands.count, until: end)
    }

    func send(_ command: consuming Command, until end: Moment) -> Bool { send(command.bytes(), due: 1, until: end) }

    private func send(_ bytes: ArraySlice<UInt8>, due: Int, until end: Moment) -> Bool {
        (unsent, self.due, self.end) = (bytes, due, end)
        push()
        return unsent.isEmpty && !isLost
    }

    /// Reads the replies to what was sent.
    ///
    /// - Parameter answer: Makes an answer of a reply, which is lent; of `nil` where none came.
    func receive<Answer>(_ answer: (_ index: Int, Reply?) -> Answer) -> [Answer] {
        var answers: [Answer] = []
        answers.reserveCapacity(due)
        while !isLost, answers.count < due {
            if let answer = takeReply({ answer(answers.count, $0) }) { answers.append(answer) } else { exchange() }
        }
        checkStep()
        while answers.count < due { answers.append(answer(answers.count, nil)) }
        return answers
    }

    /// Reads the reply to one command, if it has come, and waits for nothing. What was read of it without being all, and
    /// that the connection is lost, is seen by ``receive(_:)``.
    func receiveAtOnce<Answer>(_ answer: (Reply) -> Answer) -> Answer? {
        guard due == 1, unsent.isEmpty, !isLost, pull(), let answer = takeReply(answer) else { return nil }
        checkStep()
        return answer
    }

    /// Lends the next reply, if all of it has come.
    private func takeReply<Answer>(_ answer: (Reply) -> Answer) -> Answer? {
        var reply: UnsafeMutableRawPointer?
        guard unsafe redisGetReplyFromReader(context, &reply) == REDIS_OK else {
            isLost = true
            return nil
        }
        guard let reply = unsafe reply else { return nil }
        defer { unsafe freeReplyObject(reply) }
        return unsafe answer(Reply(reply.assumingMemoryBound(to: redisReply.self)))
    }

    /// The rest of a command would be taken for a part of the next one, a reply that nobody asked for for its reply.
    private func checkStep() {
        if !unsent.isEmpty { isLost = true }
        let reader = unsafe context.pointee.reader
        if let reader = unsafe reader, unsafe reader.pointee.pos != reader.pointee.len { isLost = true }
    }

    /// Receives what has come, or sends and receives what can be after waiting until something can.
    private func exchange() {
        // What woke us is mostly the whole answer.
        if unsent.isEmpty, pull() { return }
        let events = unsent.isEmpty ? Int16(POLLIN) : Int16(POLLIN | POLLOUT)
        var poll = pollfd(fd: descriptor, events: events, revents: 0)
        let milliseconds = (end - .now).wholeMilliseconds
        guard milliseconds > 0, !isLost else {
            isLost = true
            return
        }
        let ready = unsafe Glibc.poll(&poll, 1, Int32(clamping: milliseconds))
        if ready < 0, errno != EINTR { isLost = true }
        guard ready > 0, !isLost else { return }
        if poll.revents & Int16(POLLOUT) != 0 { push() }
        if poll.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 { pull() }
    }

    /// Sends as much as the socket takes.
    private func push() {
        while !unsent.isEmpty, !isLost {
            // Callers send from threads whose signals are not ours to block.
            let count = unsafe unsent.withUnsafeBytes { bytes in
                unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                unsent = unsent.dropFirst(count)
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                isLost = true
            }
        }
    }

    /// - Returns: Whether something had come.
    @discardableResult
    private func pull() -> Bool {
        let reader = unsafe context.pointee.reader
        let before = unsafe reader?.pointee.len ?? 0
        if unsafe redisBufferRead(context) != REDIS_OK { isLost = true }
        return unsafe reader?.pointee.len ?? 0 != before
    }

    private static func message(_ context: UnsafeMutablePointer<redisContext>) -> String {
        unsafe withUnsafeBytes(of: context.pointee.errstr) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
#endif
