// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Holds a node's clock to the clock of the server that all nodes share: at each connection, every minute, and when it
/// has stepped.
///
/// More than 5 s apart is an event; more than 60 s makes the store unavailable, because the node would end locks early or
/// keep sessions alive. Within that, promises hold by the rules of the records: locks and deadlines are cut to their
/// maximum, and nothing one-time expires.
package final class ClockComparison: Sendable {
    private struct State {
        var compared: (instant: ContinuousClock.Instant, time: Timestamp)?
        var distance: Duration = .zero
    }

    private static let noticeable = Duration.seconds(5)

    private let clock: any WallClock
    private let events: [any SecurityEventSink]
    private let state = Mutex(State())

    package init(clock: any WallClock, events: [any SecurityEventSink]) {
        self.clock = clock
        self.events = events
    }

    /// Whether it is time to compare: every minute, every second while they are too far apart, and at once when this
    /// machine's clock went another way than time did.
    package var isDue: Bool {
        let now = clock.now()
        return state.withLock { state in
            guard let compared = state.compared else { return true }
            let elapsed = ContinuousClock.now - compared.instant
            if elapsed > .seconds(state.distance > Timestamp.clockDifference ? 1 : 60) { return true }
            let step = now.since(compared.time) - elapsed
            return step > Self.noticeable || step < .zero - Self.noticeable
        }
    }

    /// Whether nothing is due and the clocks are near.
    package var isTrusted: Bool { !isDue && state.withLock { $0.distance <= Timestamp.clockDifference } }

    /// Asks the server for its time and notes how far apart the clocks are: the distance of its answer from the span
    /// between question and answer.
    package func compare(_ serverTime: () throws(StoreError) -> Timestamp) throws(StoreError) {
        let asked = clock.now()
        let theirs = try serverTime()
        let answered = clock.now()
        let distance = max(.zero, max(asked.since(theirs), theirs.since(answered)))
        let wasNear = state.withLock { state in
            defer {
                state.compared = (.now, answered)
                state.distance = distance
            }
            return state.distance <= Self.noticeable
        }
        if distance > Self.noticeable, wasNear {
            let event = SecurityEvent(.clockApart, at: answered, account: nil)
            for sink in events { sink.receive(event) }
        }
    }

    /// - Throws: `unavailable` while the clock cannot be trusted.
    package func check() throws(StoreError) {
        let distance = state.withLock { $0.distance }
        guard distance <= Timestamp.clockDifference else {
            throw StoreError(
                .unavailable, "this machine's clock is \(distance.components.seconds) s off the store's: set it right")
        }
    }
}

extension SecurityEvent.Name {
    /// The clocks of this machine and of its store are more than five seconds apart.
    public static let clockApart = Self(rawValue: "sys_clock_apart")
}
