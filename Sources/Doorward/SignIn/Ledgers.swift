// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardLockout

extension Gatekeeper {
    /// For how long a reservation stands before its process is taken for dead: the pool's deadline and ten seconds.
    var longestReservation: Duration { configuration.hashingPool.configuration.deadline + .seconds(10) }

    /// A factor's attempts, brought up to now.
    ///
    /// - Parameter device: The known device whose attempts they are; `nil`: everybody else's.
    func ledger(
        _ factor: AttemptFactor, of account: AccountID, by device: DeviceID? = nil, in work: WorkingSet,
        at now: Timestamp
    ) throws(StoreError) -> AttemptLedger {
        var ledger = try work.load(AttemptLedger.self, factor.recordID) ?? AttemptLedger(account: account)
        guard ledger.account == account else { throw StoreError(.corrupt, "attempts of another account") }
        ledger.settle(at: now, longestReservation: longestReservation)
        ledger.select(device)
        return ledger
    }

    /// Writes a factor's attempts. Those of a phantom are forgotten when its ladder is.
    func put(
        _ ledger: AttemptLedger, _ factor: AttemptFactor, isReal: Bool, in work: inout WorkingSet, at now: Timestamp
    ) {
        let expiresAt = isReal ? nil : now.advanced(by: LockoutPolicy.quietTime + longestReservation)
        work.put(ledger, factor.recordID, expiresAt: expiresAt)
    }
}
