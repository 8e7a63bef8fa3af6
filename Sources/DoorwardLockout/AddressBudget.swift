// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore
import Synchronization

/// Counts failures by client network. An attempt is counted before it is looked at, and given back if it succeeds.
package final class AddressBudget: Sendable {
    private let environment: AuthEnvironment
    /// Attempts of this process that are counted and have no verdict yet, by network.
    private let inFlight = Mutex<[[UInt8]: Int]>([:])

    package init(_ environment: AuthEnvironment) { self.environment = environment }

    /// What was counted, to be given back, or kept.
    package struct Charge: Sendable {
        fileprivate var counters: [(prefix: [UInt8], key: CounterKey, expiresAt: Timestamp)] = []
    }

    package enum Verdict: Sendable {
        case within(Charge)
        /// So many have failed.
        case exceeded(retryAfter: Duration)
        /// So many are under way that, should they all fail, there would be no room.
        case busy
    }

    package func charge(_ source: ClientSource) async throws(StoreError) -> Verdict {
        var charge = Charge()
        guard case .address(let address) = source else { return .within(charge) }
        let now = environment.clock.now()
        // The window's number is in the counter's name, so that a clock that ran ahead leaves nothing in today's way.
        let length = LockoutPolicy.addressWindow.components.seconds
        let window = now.milliseconds / 1000 / length
        let end = Timestamp(seconds: (window + 1).multipliedSaturating(by: length))
        for (prefix, ceiling) in address.networks {
            let key = CounterKey(
                .addressFailures, in: environment.partition(.address, prefix), id: RecordID(label: "\(window)"))
            inFlight.withLock { $0[prefix, default: 0] += 1 }
            let outcome: IncrementOutcome
            do throws(StoreError) {
                outcome = try await environment.store.increment(key, by: 1, ceiling: ceiling, expiresAt: end, at: now)
            } catch {
                land(prefix)
                try? await settle(charge, isFailure: false)
                throw error
            }
            guard outcome.isApplied else {
                let pending = land(prefix)
                try await settle(charge, isFailure: false)
                guard outcome.value - pending >= ceiling else { return .busy }
                return .exceeded(retryAfter: max(end.since(now), .milliseconds(1)))
            }
            charge.counters.append((prefix, key, end))
        }
        return .within(charge)
    }

    /// Ends an attempt: a failure stays counted, anything else is given back.
    package func settle(_ charge: Charge, isFailure: Bool) async throws(StoreError) {
        var failure: StoreError?
        for (prefix, key, expiresAt) in charge.counters {
            do throws(StoreError) {
                if !isFailure {
                    _ = try await environment.store.increment(
                        key, by: -1, ceiling: nil, expiresAt: expiresAt, at: environment.clock.now())
                }
            } catch {
                failure = error
            }
            // Only now: until it is given back, it is under way.
            land(prefix)
        }
        if let failure { throw failure }
    }

    /// One attempt less is under way; returns how many are.
    @discardableResult
    private func land(_ prefix: [UInt8]) -> Int {
        inFlight.withLock { inFlight in
            let rest = (inFlight[prefix] ?? 1) - 1
            inFlight[prefix] = rest > 0 ? rest : nil
            return rest
        }
    }
}
