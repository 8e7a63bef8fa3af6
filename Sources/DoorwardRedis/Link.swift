// SPDX-License-Identifier: Apache-2.0

#if Redis
import CHiredis
import DoorwardCore
import Glibc

// The one file that calls hiredis.

/// What Redis answers.
enum RedisValue {
    case bytes([UInt8])
    case integer(Int64)
    case array([RedisValue])
    case status(String)
    case error(String)
    case null
}

/// One connection. After a time-out or a reply that is none it is never read again.
@safe final class Link {
    private let context: UnsafeMutablePointer<redisContext>
    private let timeout: Duration
    private(set) var isLost = false

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
        let descriptor = unsafe context.pointee.fd
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        unsafe context.pointee.flags &= ~REDIS_BLOCK
        unsafe self.context = unsafe context
        self.timeout = timeout
    }

    deinit { unsafe redisFree(context) }

    /// Whether the server hung up while nobody asked it anything: what is there to read then is a farewell.
    var hasEnded: Bool {
        var poll = pollfd(fd: unsafe context.pointee.fd, events: Int16(POLLIN), revents: 0)
        return unsafe Glibc.poll(&poll, 1, 0) != 0
    }

    /// Sends all commands at once, then reads their replies; `nil` for those that did not come.
    func run(_ commands: [Command]) -> [RedisValue?] {
        var replies: [RedisValue?] = []
        replies.reserveCapacity(commands.count)
        for command in commands where !isLost { append(command) }
        let end = ContinuousClock.now.advanced(by: timeout)
        var isSent: Int32 = 0
        // The socket mostly takes all of it; only for the rest must it be waited for.
        if !isLost, unsafe redisBufferWrite(context, &isSent) != REDIS_OK { isLost = true }
        while !isLost, replies.count < commands.count {
            var reply: UnsafeMutableRawPointer?
            guard unsafe redisGetReplyFromReader(context, &reply) == REDIS_OK else {
                isLost = true
                break
            }
            if let value = unsafe reply {
                replies.append(unsafe Self.value(value.assumingMemoryBound(to: redisReply.self), depth: 0))
                unsafe freeReplyObject(value)
            } else {
                exchange(&isSent, until: end)
            }
        }
        // A reply that nobody asked for would be taken for the next one's.
        let reader = unsafe context.pointee.reader
        if let reader = unsafe reader, unsafe reader.pointee.pos != reader.pointee.len { isLost = true }
        return replies + Array(repeating: nil, count: commands.count - replies.count)
    }

    /// Sends and receives as much as can be without waiting, after waiting until something can.
    private func exchange(_ isSent: inout Int32, until end: ContinuousClock.Instant) {
        let events = isSent == 0 ? Int16(POLLIN | POLLOUT) : Int16(POLLIN)
        var poll = pollfd(fd: unsafe context.pointee.fd, events: events, revents: 0)
        let milliseconds = (end - .now).wholeMilliseconds
        guard milliseconds > 0 else {
            isLost = true
            return
        }
        let ready = unsafe Glibc.poll(&poll, 1, Int32(clamping: milliseconds))
        if ready < 0, errno != EINTR { isLost = true }
        guard ready > 0, !isLost else { return }
        if poll.revents & Int16(POLLOUT) != 0, unsafe redisBufferWrite(context, &isSent) != REDIS_OK { isLost = true }
        if !isLost, poll.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 {
            if unsafe redisBufferRead(context) != REDIS_OK { isLost = true }
        }
    }

    private func append(_ command: Command) {
        for part in [command.head, command.body] {
            let status = unsafe part.withUnsafeBytes { bytes in
                // hiredis copies it before it returns.
                unsafe redisAppendFormattedCommand(
                    context, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count)
            }
            if status != REDIS_OK { isLost = true }
        }
    }

    private static func value(_ reply: UnsafeMutablePointer<redisReply>, depth: Int) -> RedisValue {
        func bytes() -> [UInt8] {
            guard let start = unsafe reply.pointee.str else { return [] }
            return unsafe Array(UnsafeRawBufferPointer(start: start, count: reply.pointee.len))
        }
        switch unsafe reply.pointee.type {
        case REDIS_REPLY_STRING: return .bytes(bytes())
        case REDIS_REPLY_INTEGER: return .integer(unsafe reply.pointee.integer)
        case REDIS_REPLY_STATUS: return .status(String(decoding: bytes(), as: UTF8.self))
        case REDIS_REPLY_ERROR: return .error(String(decoding: bytes(), as: UTF8.self))
        case REDIS_REPLY_ARRAY where depth < 4:
            return .array(
                (0..<(unsafe reply.pointee.elements)).map { index in
                    guard let element = unsafe reply.pointee.element[index] else { return .null }
                    return unsafe value(element, depth: depth + 1)
                })
        default: return .null
        }
    }

    private static func message(_ context: UnsafeMutablePointer<redisContext>) -> String {
        unsafe withUnsafeBytes(of: context.pointee.errstr) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
#endif
