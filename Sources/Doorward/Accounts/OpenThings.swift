// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardSessions

extension Gatekeeper {
    /// Ends what an account has open as it was, in the commit that changes it: every session and pending sign-in by its
    /// seat, and enrolments by the account's generation. (ASVS V7.4.2, V7.4.3)
    ///
    /// - Parameter forgettingDevices: Whether the account's known devices are forgotten too.
    /// - Returns: How many sessions ended.
    @discardableResult
    func endEverythingOpen(
        _ record: inout AccountRecord, forgettingDevices: Bool = false, in work: inout WorkingSet, at now: Timestamp
    ) throws(StoreError) -> Int {
        if forgettingDevices { work.remove(.devices) }
        record.raiseGeneration()
        work.put(record)
        return try Seats.clear(of: record.account, in: &work, at: now).count { $0.kind == .sessions }
    }
}
