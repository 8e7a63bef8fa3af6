// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import DoorwardPasswords

extension Gatekeeper {
    /// Gives an account its first password, for services that keep names themselves and make accounts in their own table.
    ///
    /// *Atomic:* of parallel calls one succeeds. It never takes the place of a password, also not of one that the table
    /// of users brings along: that is ``changePassword(_:current:to:from:device:)``, or a reset.
    ///
    /// - Parameter entry: What the table says of the account. Whoever calls this has made sure whose request it is.
    /// - Returns: Done; refused with all that speaks against the password, `password.exists` included; `notFound` for an
    ///   account that may not sign in.
    public func setFirstPassword(_ password: Password, of entry: DirectoryEntry, from source: ClientSource = .unknown)
        async throws(GatekeeperError) -> ProtectedOutcome<AccountID>
    {
        try await flow(from: source) {
            var target = attempted(entry.account)
            target.entry = entry
            let known = try await environment.read(target.keys, in: target.partition)
            let now = environment.clock.now()
            guard var record = try target.record(in: known, at: now), !record.isDisabled, entry.isActive else {
                return .notFound
            }
            var violations = try await violations(of: password, words: words(of: record))
            if try target.password(in: known, at: now) != nil { violations.append(.passwordExists) }
            guard violations.isEmpty else { return .refused(violations) }
            let hash = try await hasher.hash(password, in: hasher.pool.admit(source: source.bytes))
            let isSet = try await environment.transact(in: target.partition, reading: target.keys, startingFrom: known)
            {
                work, now throws(StoreError) in
                guard try work.load(PasswordRecord.self) == nil, let current = try target.record(in: work, at: now),
                    !current.isDisabled
                else { return false }
                record = current
                try store(.own(hash), for: &record, in: &work, at: now)
                return true
            }
            guard isSet else { return .refused([.passwordExists]) }
            report(.passwordChanged, entry.account, reason: .firstPassword)
            return .done(entry.account)
        }
    }
}

extension PasswordViolation {
    static let passwordExists = PasswordViolation(
        code: "password.exists", message: "The account has a password already.")
}

extension SecurityEvent.Reason {
    static let firstPassword = Self(rawValue: "first_password")
}
