// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A place in a queue. Given back by ``release()`` or with its last reference.
package final class QueuePlace: Sendable {
    private let isHeld = Atomic(true)
    private let source: [UInt8]?
    private let counter: PlaceCounter

    init(source: [UInt8]?, counter: PlaceCounter) {
        self.source = source
        self.counter = counter
    }

    deinit { release() }

    package func release() {
        if isHeld.exchange(false, ordering: .acquiringAndReleasing) { counter.giveBack(source) }
    }
}

/// How many places are taken, in all and by source.
final class PlaceCounter: Sendable {
    private struct State {
        var taken = 0
        var bySource: [[UInt8]: Int] = [:]
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) { self.capacity = capacity }

    func take(for source: [UInt8]?) -> QueuePlace? {
        let isTaken = state.withLock { state in
            guard state.taken < capacity else { return false }
            if let source {
                guard state.bySource[source, default: 0] < max(1, capacity / 4) else { return false }
                state.bySource[source, default: 0] += 1
            }
            state.taken += 1
            return true
        }
        return isTaken ? QueuePlace(source: source, counter: self) : nil
    }

    func giveBack(_ source: [UInt8]?) {
        state.withLock { state in
            state.taken -= 1
            guard let source, let held = state.bySource[source] else { return }
            state.bySource[source] = held > 1 ? held - 1 : nil
        }
    }
}
