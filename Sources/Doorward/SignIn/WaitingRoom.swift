// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import Synchronization

/// Where sign-ins wait while as many attempts as are left on their account are under way: woken when one of this
/// process ends, and otherwise looking again now and then, for those of other processes.
final class WaitingRoom: Sendable {
    /// How many may wait for one account.
    static let seats = 64

    private struct State {
        var waiters: [Partition: [UInt64: CheckedContinuation<Void, Never>]] = [:]
        /// How often anybody was woken, so that a wake between looking and waiting is not missed.
        var wakes: [Partition: UInt64] = [:]
        var present: [Partition: Int] = [:]
        var nextID: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Takes one of the seats; `false` if all are taken.
    func enter(_ partition: Partition) -> Bool {
        state.withLock { state in
            guard state.present[partition, default: 0] < Self.seats else { return false }
            state.present[partition, default: 0] += 1
            return true
        }
    }

    func leave(_ partition: Partition) {
        state.withLock { state in
            guard let present = state.present[partition] else { return }
            state.present[partition] = present > 1 ? present - 1 : nil
            if present <= 1 { state.wakes[partition] = nil }
        }
    }

    /// To be taken before looking, and handed to ``wait(for:since:)``.
    func ticket(_ partition: Partition) -> UInt64 { state.withLock { $0.wakes[partition, default: 0] } }

    /// Waits until an attempt on the account ends here, or for 5 to 50 ms.
    func wait(for partition: Partition, since ticket: UInt64) async {
        let id = state.withLock { state in
            state.nextID &+= 1
            return state.nextID
        }
        let alarm = Task { [weak self] in
            try? await Task.sleep(for: .milliseconds(Int.random(in: 5...50)))
            self?.wake(partition, only: id)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isLate = state.withLock { state in
                    if state.wakes[partition, default: 0] != ticket || Task.isCancelled { return true }
                    state.waiters[partition, default: [:]][id] = continuation
                    return false
                }
                if isLate { continuation.resume() }
            }
        } onCancel: {
            wake(partition, only: id)
        }
        alarm.cancel()
    }

    /// An attempt on the account has ended: all who wait for it look again.
    func wake(_ partition: Partition) {
        let waiters = state.withLock { state in
            if state.present[partition] != nil { state.wakes[partition, default: 0] &+= 1 }
            return state.waiters.removeValue(forKey: partition)
        }
        for waiter in waiters ?? [:] { waiter.value.resume() }
    }

    private func wake(_ partition: Partition, only id: UInt64) {
        let waiter = state.withLock { state in
            let waiter = state.waiters[partition]?.removeValue(forKey: id)
            if state.waiters[partition]?.isEmpty == true { state.waiters[partition] = nil }
            return waiter
        }
        waiter?.resume()
    }
}
