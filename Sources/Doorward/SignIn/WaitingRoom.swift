// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardLockout
import Synchronization

/// Where sign-ins wait while as many attempts as are left on their account are under way: in line, woken one by one when
/// one of this process ends, and otherwise looking again now and then, for those of other processes.
///
/// Whoever is woken and leaves wakes the next in line, so that nobody is forgotten and not all rush to one place.
final class WaitingRoom: Sendable {
    /// Whose attempts are waited for: an account's, by one of its known devices or by everybody else.
    struct Place: Hashable {
        let partition: Partition
        let device: DeviceID?
    }

    /// How many may wait in one line.
    static let seats = 64

    private struct Line {
        /// By number, in the order of arrival.
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        /// How often anybody was woken, so that a wake between looking and waiting is not missed.
        var wakes: UInt64 = 0
        var present = 0
    }

    private struct State {
        var lines: [Place: Line] = [:]
        var nextNumber: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Takes one of the seats, and with it a number in the line; `nil` if all are taken.
    func enter(_ place: Place) -> UInt64? {
        state.withLock { state in
            guard state.lines[place]?.present ?? 0 < Self.seats else { return nil }
            state.lines[place, default: Line()].present += 1
            state.nextNumber &+= 1
            return state.nextNumber
        }
    }

    /// Gives the seat back, and lets the next in line look.
    func leave(_ place: Place) {
        state.withLock { state in
            state.lines[place]?.present -= 1
            if state.lines[place]?.present == 0 { state.lines[place] = nil }
        }
        wake(place)
    }

    /// To be taken before looking, and handed to ``wait(for:number:since:until:)``.
    func ticket(_ place: Place) -> UInt64 { state.withLock { $0.lines[place]?.wakes ?? 0 } }

    /// Waits until there is something to look at here, or for 5 to 50 ms, longer the more are waiting, and not beyond
    /// the deadline.
    func wait(
        for place: Place, number: UInt64, since ticket: UInt64, until deadline: Moment
    ) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiting: Int? = state.withLock { state in
                    guard state.lines[place]?.wakes == ticket, !Task.isCancelled else { return nil }
                    state.lines[place]?.waiters[number] = continuation
                    return state.lines[place]?.waiters.count
                }
                guard let waiting else { return continuation.resume() }
                // Only now is there somebody to wake.
                Task { [weak self] in
                    let pause = Duration.milliseconds(Int.random(in: 5...50) * waiting)
                    try? await Task.sleep(for: min(pause, deadline - .now))
                    self?.wake(place, only: number)
                }
            }
        } onCancel: {
            wake(place, only: number)
        }
    }

    /// There is something to look at: the first in line does.
    func wake(_ place: Place) {
        let first = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.lines[place]?.wakes &+= 1
            guard let number = state.lines[place]?.waiters.keys.min() else { return nil }
            return state.lines[place]?.waiters.removeValue(forKey: number)
        }
        first?.resume()
    }

    private func wake(_ place: Place, only number: UInt64) {
        state.withLock { $0.lines[place]?.waiters.removeValue(forKey: number) }?.resume()
    }
}
