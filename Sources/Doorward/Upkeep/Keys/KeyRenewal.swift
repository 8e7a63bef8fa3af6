// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardOTP
import DoorwardPasswords

extension Gatekeeper {
    /// Brings all that is sealed under the active key, and forgets former passwords that need another one. Passwords
    /// themselves cannot be: they come under it when their owners sign in.
    ///
    /// It runs beside any traffic, can be stopped and repeated. What is used meanwhile comes under the active key by that.
    ///
    /// - Parameter progress: Told how many records of the store have been looked at.
    /// - Returns: How many records were renewed.
    @discardableResult
    public func renewKeys(progress: (Int) -> Void = { _ in }) async throws(GatekeeperError) -> Int {
        try await flow {
            var renewed = try await environment.renewIdentity() ? 1 : 0
            try await environment.walk(progress: progress) { stored in
                if try await renew(stored.key) { renewed += 1 }
            }
            return renewed
        }
    }

    private func renew(_ key: RecordKey) async throws(StoreError) -> Bool {
        let random = environment.random
        switch key.kind {
        case .authenticators:
            return try await environment.transact(in: key.partition, reading: [key]) { work, _ throws(StoreError) in
                try authenticators.renew(random: random, in: &work)
            }
        case .recoveryCodes:
            return try await environment.transact(in: key.partition, reading: [key]) { work, _ throws(StoreError) in
                try recovery.renew(random: random, in: &work)
            }
        case .contacts:
            return try await environment.transact(in: key.partition, reading: [key]) { work, _ throws(StoreError) in
                guard var contact = try work.load(ContactRecord.self), try contact.renew(in: key.partition, environment)
                else { return false }
                work.put(contact)
                return true
            }
        case .passwords:
            return try await environment.transact(in: key.partition, reading: [key]) { work, _ throws(StoreError) in
                guard var record = try work.load(PasswordRecord.self) else { return false }
                let active = environment.keys.active
                let kept = record.previous.filter { $0.keyID == nil || $0.keyID == active }
                guard kept.count < record.previous.count else { return false }
                record.previous = kept
                work.put(record)
                return true
            }
        default: return false
        }
    }
}
