// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What one request gives rise to: the events of its flow, for whoever must have them before the answer leaves.
package final class FlowReport: Sendable {
    /// That of the flow that is being run.
    @TaskLocal package static var current: FlowReport?

    private struct State {
        var events: [SecurityEvent] = []
        var formerAddress: String?
        var isOver = false
    }

    private let source: ClientAddress?
    private let owner: ObjectIdentifier
    private let state = Mutex(State())

    /// - Parameter owner: Whose flow it is.
    package init(of owner: AnyObject, source: ClientSource) {
        self.owner = ObjectIdentifier(owner)
        self.source = source.address
    }

    /// Whether what this service does now is a part of that flow. A task that outlives a flow, or another service that is
    /// asked within it, has flows of its own.
    package func includes(_ service: AnyObject) -> Bool {
        owner == ObjectIdentifier(service) && !state.withLock { $0.isOver }
    }

    /// The event, from where the request came from.
    func stamped(_ event: SecurityEvent) -> SecurityEvent {
        guard event.source == nil, let source else { return event }
        return SecurityEvent(
            event.name, at: event.at, account: event.account, session: event.session, reason: event.reason,
            source: source)
    }

    func add(_ event: SecurityEvent) {
        state.withLock { state in
            if !state.isOver { state.events.append(event) }
        }
    }

    /// All that was reported; nothing more is taken.
    package func end() -> [SecurityEvent] {
        state.withLock { state in
            state.isOver = true
            return state.events
        }
    }

    /// An address that the flow took from its account, whose owner hears of that there too.
    package func note(formerAddress: String?) { state.withLock { $0.formerAddress = formerAddress } }

    package var formerAddress: String? { state.withLock { $0.formerAddress } }
}
