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
        var compared: (moment: Moment, time: Timestamp)?
        var distance: Duration = .zero

        var areNear: Bool { distance <= Timestamp.clockDifference }

        func isDue(at moment: Moment, _ time: Timestamp) -> Bool {
            guard let compared else { return true }
            let elapsed = moment - compared.moment
            if elapsed > .seconds(areNear ? 60 : 1) { return true }
            let step = time.since(compared.time) - elapsed
            return step > noticeable || step < .zero - noticeable
        }
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
        let (moment, time) = (Moment.now, clock.now())
        return state.withLock { $0.isDue(at: moment, time) }
    }

    /// Whether nothing is due and the clocks are near.
    package func isTrusted(at moment: Moment) -> Bool {
        let time = clock.now()
        return state.withLock { $0.areNear && !$0.isDue(at: moment, time) }
    }

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
        let (areNear, distance) = state.withLock { ($0.areNear, $0.distance) }
        guard areNear else {
            throw StoreError(
                .unavailable, "this machine's clock is \(distance.components.seconds) s off the store's: set it right")
        }
    }
}

extension SecurityEvent.Name {
    /// The clocks of this machine and of its store are more than five seconds apart.
    public static let clockApart = Self(rawValue: "sys_clock_apart")
}
