// SPDX-License-Identifier: Apache-2.0

import DoorwardLockout

extension Gatekeeper {
    /// Runs an attempt within the budget of the client's network.
    ///
    /// It is counted beforehand, and given back if it succeeds or has no verdict; earlier failures stay.
    ///
    /// - Parameter preparing: What may go on at the same time as the counting.
    func budgeted<R, P: Sendable>(
        _ source: ClientSource, exceeded: (Denial) -> R, succeeded: (R) -> Bool,
        preparing: @Sendable () async throws -> P, attempt: (P) async throws -> R
    ) async throws -> R {
        async let prepared = preparing()
        switch try await addresses.charge(source) {
        case .exceeded(let rest):
            report(.rateExceeded, nil, reason: .addressBudget)
            return exceeded(Denial(retryAfter: rest))
        case .busy:
            throw GatekeeperError(.overloaded, "too many sign-ins from one network at once")
        case .within(let charge):
            do {
                let result = try await attempt(prepared)
                // The verdict has been committed: whatever happens here does not change it.
                try? await addresses.settle(charge, isFailure: !succeeded(result))
                return result
            } catch {
                // There was no verdict, so nothing was learnt from it.
                try? await addresses.settle(charge, isFailure: false)
                throw error
            }
        }
    }
}
