// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What one request gives rise to: the events of its flow, for whoever must have them before the answer leaves.
package final class FlowReport: Sendable {
    /// That of the flow that is being run.
    @TaskLocal package static var current: FlowReport?

    private let source: ClientAddress?
    private let state = Mutex<(events: [SecurityEvent], formerAddress: String?)>(([], nil))

    package init(source: ClientSource) { self.source = source.address }

    /// The event, from where the request came from.
    func stamped(_ event: SecurityEvent) -> SecurityEvent {
        guard event.source == nil, let source else { return event }
        return SecurityEvent(
            event.name, at: event.at, account: event.account, session: event.session, reason: event.reason,
            source: source)
    }

    func add(_ event: SecurityEvent) { state.withLock { $0.events.append(event) } }

    /// An address that the flow took from its account, whose owner hears of that there too.
    package func note(formerAddress: String?) { state.withLock { $0.formerAddress = formerAddress } }

    package var events: [SecurityEvent] { state.withLock { $0.events } }
    package var formerAddress: String? { state.withLock { $0.formerAddress } }
}
