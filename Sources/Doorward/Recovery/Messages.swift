// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
public import DoorwardOTP
import Synchronization

/// Sets the password of an account, once: what a reset or an activation sends.
public typealias PasswordToken = Token<PasswordTokenKind>

/// Makes the account whose address it was sent to, once.
public typealias RegistrationToken = Token<RegistrationTokenKind>

public enum PasswordTokenKind: TokenKind { public static var prefix: String { "dwr_" } }
public enum RegistrationTokenKind: TokenKind { public static var prefix: String { "dwn_" } }

/// Something that the application is to send to somebody: an email, a letter, a text message.
public struct OutgoingMessage: Redacted, Sendable {
    @nonexhaustive
    public enum Content: Redacted, Sendable {
        /// Somebody, perhaps not the owner, wants to set a new password; the old one is good until this is used.
        case passwordReset(PasswordToken)
        /// An administrator made the account; its owner sets the first password.
        case activation(PasswordToken)
        /// Somebody wants an account under this address.
        case registration(RegistrationToken)
        /// Somebody wants an account under this address, which has one.
        case alreadyRegistered
        /// Somebody says that this address is theirs.
        case addressConfirmation(DeliveredCode)
    }

    public let content: Content
    /// Where to; `nil` where an administrator started it for an account without an address.
    public let address: String?
    public let name: String?
    public let account: AccountID?
    /// Until when what it holds is good.
    public let expiresAt: Timestamp?
}

/// Sends what a ``Gatekeeper`` wants to be sent.
///
/// It is called beside the request that caused it, so that nobody can tell from the time of an answer whether a message
/// went out. What it throws becomes a security event, `sys_message_failed`, as does a message while a thousand are under
/// way; nothing is sent again. It must not block its thread, and give up after a while.
public protocol MessageSender: Sendable {
    func send(_ message: OutgoingMessage) async throws
}

/// Messages under way.
final class Outbox: Sendable {
    private struct State {
        var underWay = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    /// So many at once: a sender that is slow must not fill the memory.
    private static let limit = 1000

    /// Does it beside whatever goes on.
    func send(
        for account: AccountID?, failed: @escaping @Sendable (AccountID?) -> Void,
        _ body: @escaping @Sendable () async throws -> Void
    ) {
        let isTaken = state.withLock { state in
            guard state.underWay < Self.limit else { return false }
            state.underWay += 1
            return true
        }
        guard isTaken else { return failed(account) }
        Task.detached {
            do { try await body() } catch { failed(account) }
            let waiting = self.state.withLock { state -> [CheckedContinuation<Void, Never>] in
                state.underWay -= 1
                guard state.underWay == 0 else { return [] }
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    /// Until nothing is under way.
    func drain() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.underWay > 0 { state.waiting.append(continuation) }
                return state.underWay == 0
            }
            if isIdle { continuation.resume() }
        }
    }
}

extension Gatekeeper {
    /// Until all messages and notices have been handed to their sender, or failed, and all events are recorded that nobody
    /// waited for. Before a process ends.
    public func finishSending() async {
        await outbox.drain()
        await notices.drain()
        await audit?.drain()
    }

    func sender() throws(GatekeeperError) -> any MessageSender {
        guard let sender = configuration.messages else {
            throw GatekeeperError(.unavailable, "this service has no way to send messages")
        }
        return sender
    }

    func send(_ message: OutgoingMessage, by sender: any MessageSender) {
        outbox.send(for: message.account, failed: messageFailed) { try await sender.send(message) }
    }

    /// Recorded like all else, though no answer waits for it.
    @Sendable func messageFailed(_ account: AccountID?) {
        let report = FlowReport(of: self, source: .unknown)
        FlowReport.$current.withValue(report) { self.report(.messageFailed, account) }
        audit?.note(report.end())
    }
}

extension SecurityEvent.Name {
    /// A message could not be handed to its sender.
    public static let messageFailed = Self(rawValue: "sys_message_failed")
}
