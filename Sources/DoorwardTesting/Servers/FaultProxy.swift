// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import Glibc
import Synchronization

/// Stands between a store and its server on the loopback, and spoils what passes when it is told to.
public final class FaultProxy: Sendable {
    /// What a store connects to.
    public let port: Int
    private let target: Int
    private let listener: Int32
    private let fault = Mutex<StoreFault.Kind?>(nil)
    private let held = Mutex<[(bytes: [UInt8], client: Pair)]>([])
    private let rewriting = Mutex<(from: [UInt8], to: [UInt8])?>(nil)

    /// - Parameter target: The port of the server.
    public init(to target: Int) throws {
        self.target = target
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        port = try bindToLoopback(listener)
        guard listen(listener, 64) == 0 else { throw Tool.Missing(description: "no port could be had") }
        self.listener = listener
        let proxy = Weak(self)
        _ = startThread(named: "proxy") {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0, let proxy = proxy.value else { break }
                proxy.serve(client)
            }
            close(listener)
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    private struct Weak: Sendable {
        weak let value: FaultProxy?
        init(_ value: FaultProxy) { self.value = value }
    }

    /// The faults of a connection, for the conformance suite.
    public var faults: [StoreFault] {
        [
            .cutBeforeRequest, .cutAfterRequest, .replyLost, .replyLostOnce, .lateReply, .garbageReply, .silence,
        ].map { kind in
            StoreFault(kind) {
                self.fault.withLock { $0 = kind }
            } end: {
                self.fault.withLock { $0 = nil }
                let held = self.held.withLock { held in
                    defer { held = [] }
                    return held
                }
                for (bytes, client) in held { client.send(bytes) }
            }
        }
    }

    /// From now on, the server says something else of the same length.
    public func rewrite(_ old: String, to new: String) {
        rewriting.withLock { $0 = (Array(old.utf8), Array(new.utf8)) }
    }

    /// Two threads a connection, one a direction.
    private func serve(_ client: Int32) {
        guard let server = connectToLoopback(target) else {
            close(client)
            return
        }
        let pair = Pair(client, server)
        let proxy = Weak(self)
        _ = startThread(named: "proxy.up") { [server] in
            while let bytes = receive(client), let proxy = proxy.value, proxy.passUp(bytes, from: client, to: server) {}
            pair.hangUp()
        }
        _ = startThread(named: "proxy.down") {
            while let bytes = receive(server), let proxy = proxy.value, proxy.passDown(bytes, to: client, pair) {}
            pair.hangUp()
        }
    }

    /// Whether the connection lives on.
    private func passUp(_ bytes: [UInt8], from client: Int32, to server: Int32) -> Bool {
        switch fault.withLock({ $0 }) {
        case .cutBeforeRequest: return false
        case .cutAfterRequest:
            sendAll(bytes, to: server)
            // The rest of the request, which may come in several pieces.
            var more = pollfd(fd: client, events: Int16(POLLIN), revents: 0)
            while unsafe poll(&more, 1, 20) > 0, let rest = receive(client) { sendAll(rest, to: server) }
            return false
        default: return sendAll(bytes, to: server)
        }
    }

    private func passDown(_ bytes: [UInt8], to client: Int32, _ pair: Pair) -> Bool {
        switch fault.withLock({ $0 }) {
        case .replyLost: return false
        // A quick server answers before the other direction is cut.
        case .cutAfterRequest: return true
        case .replyLostOnce:
            fault.withLock { $0 = nil }
            return false
        case .lateReply:
            held.withLock { $0.append((bytes, pair)) }
            return true
        case .garbageReply:
            sendAll(SystemRandomSource().bytes(bytes.count), to: client)
            return false
        case .silence: return true
        default: return sendAll(rewritten(bytes), to: client)
        }
    }

    private func rewritten(_ bytes: [UInt8]) -> [UInt8] {
        guard let (old, new) = rewriting.withLock({ $0 }), old.count == new.count, !old.isEmpty else { return bytes }
        var bytes = bytes
        for start in bytes.indices.dropLast(old.count - 1) where bytes[start...].starts(with: old) {
            bytes.replaceSubrange(start..<(start + old.count), with: new)
        }
        return bytes
    }
}

/// Two sockets that end together, once.
private final class Pair: Sendable {
    private let sockets: [Int32]
    private let open = Mutex(2)

    init(_ client: Int32, _ server: Int32) { sockets = [client, server] }

    /// To the client, if it is still there.
    func send(_ bytes: [UInt8]) {
        open.withLock { open in if open > 0 { _ = sendAll(bytes, to: sockets[0]) } }
    }

    /// The first of the two threads ends the conversation, the second frees the sockets, which nobody uses then.
    func hangUp() {
        for socket in sockets { shutdown(socket, Int32(SHUT_RDWR)) }
        let isLast = open.withLock { open in
            open -= 1
            return open == 0
        }
        if isLast { for socket in sockets { close(socket) } }
    }
}

private func receive(_ socket: Int32) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = unsafe recv(socket, &bytes, bytes.count, 0)
    return count > 0 ? Array(bytes.prefix(count)) : nil
}

@discardableResult
private func sendAll(_ bytes: [UInt8], to socket: Int32) -> Bool {
    var start = 0
    while start < bytes.count {
        let count = unsafe bytes[start...].withUnsafeBytes { rest in
            unsafe send(socket, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return false }
        start += count
    }
    return true
}

/// Calls a body with an address on the loopback.
private func withLoopback<R>(_ port: Int, _ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> R) -> R {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, &length) }
    }
}

private func connectToLoopback(_ port: Int) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    let isConnected = unsafe withLoopback(port) { address, length in
        unsafe connect(descriptor, address, length) == 0
    }
    guard isConnected else {
        close(descriptor)
        return nil
    }
    return descriptor
}

/// Binds to a port that the kernel chooses.
///
/// - Throws: ``Tool/Missing`` if there is none.
func bindToLoopback(_ descriptor: Int32) throws -> Int {
    let port: UInt16? = unsafe withLoopback(0) { address, length in
        guard unsafe bind(descriptor, address, length) == 0, unsafe getsockname(descriptor, address, &length) == 0
        else { return nil }
        return unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
            UInt16(bigEndian: unsafe $0.pointee.sin_port)
        }
    }
    guard let port else { throw Tool.Missing(description: "no port could be had") }
    return Int(port)
}
