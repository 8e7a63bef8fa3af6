// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// Counts failures by client network. An attempt is counted before it is looked at, and given back if it succeeds.
package struct AddressBudget: Sendable {
    private let environment: AuthEnvironment

    package init(_ environment: AuthEnvironment) { self.environment = environment }

    /// What was counted, to be given back.
    package struct Charge: Sendable {
        fileprivate var counters: [(key: CounterKey, expiresAt: Timestamp)] = []
        package static let none = Charge()
    }

    package enum Verdict: Sendable {
        case within(Charge)
        case exceeded(retryAfter: Duration)
    }

    package func charge(_ source: ClientSource) async throws(StoreError) -> Verdict {
        guard case .address(let address) = source else { return .within(.none) }
        var charge = Charge()
        for (prefix, ceiling) in address.networks {
            let now = environment.clock.now()
            let key = CounterKey(
                .addressFailures, in: environment.partition(.address, prefix), id: RecordID(label: "failures"))
            let outcome = try await environment.store.increment(
                key, by: 1, ceiling: ceiling, expiresAt: now.advanced(by: LockoutPolicy.addressWindow), at: now)
            guard outcome.isApplied else {
                try await giveBack(charge)
                // A window is never longer than the rule says, whatever clock set its end.
                let rest = min(outcome.expiresAt.since(now), LockoutPolicy.addressWindow)
                return .exceeded(retryAfter: max(rest, .milliseconds(1)))
            }
            charge.counters.append((key, outcome.expiresAt))
        }
        return .within(charge)
    }

    package func giveBack(_ charge: Charge) async throws(StoreError) {
        for (key, expiresAt) in charge.counters {
            _ = try await environment.store.increment(
                key, by: -1, ceiling: nil, expiresAt: expiresAt, at: environment.clock.now())
        }
    }
}
