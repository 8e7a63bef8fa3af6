// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardPasswords

extension Gatekeeper {
    /// All that speaks against a new password, the list of breached ones included.
    ///
    /// - Throws: *Unavailable* while the list gives no answer, unless the service chose otherwise.
    func violations(of password: Password, words: [String]) async throws(GatekeeperError) -> [PasswordViolation] {
        let violations = passwordPolicy.violations(of: password, accountWords: words)
        guard let check = configuration.breachedPasswords, let digest = PasswordDigest(password) else {
            return violations
        }
        do throws(BreachedPasswordError) {
            return try await check.source.contains(digest) ? violations + [.breached] : violations
        } catch {
            guard check.outage == .accept else {
                throw GatekeeperError(.unavailable, error.reason, underlying: error)
            }
            report(.breachListUnavailable, nil)
            return violations
        }
    }

    /// What no password of the account may be built from.
    func words(of record: AccountRecord) async throws(GatekeeperError) -> [String] {
        let own = record.name.map { [$0] } ?? []
        guard let directory = configuration.directory else { return own }
        do { return try await own + directory.words(of: record.account) } catch {
            throw GatekeeperError(.unavailable, "the table of users gave no answer", underlying: error)
        }
    }

    /// Whether it is a former password that may not come back.
    ///
    /// A former hash that can no longer be computed, because its pepper is gone or it asks for more memory than there is,
    /// is passed over: its owner could otherwise never change the password again.
    ///
    /// - Parameter orCurrent: Whether the password that is set may not either.
    func isFormer(
        _ new: Password, in record: PasswordRecord?, orCurrent: Bool = false, source: [UInt8]? = nil
    ) async throws(HashingError) -> Bool {
        let current = orCurrent ? record.map { [$0.hash] } ?? [] : []
        for former in current + (record?.previous ?? []) {
            do throws(HashingError) {
                if try await hasher.verify(new, against: former, in: hasher.pool.admit(source: source)) { return true }
            } catch { guard error.code == .unavailable else { throw error } }
        }
        return false
    }
}

extension SecurityEvent.Name {
    /// A new password was judged without being looked up among the breached ones.
    public static let breachListUnavailable = Self(rawValue: "sys_breach_list_unavailable")
}
