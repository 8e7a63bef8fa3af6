// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore
import Synchronization

/// Notices guessing that stays within every account's budget: one network that fails on many accounts, and one password
/// that fails on many.
///
/// A signal for whoever watches, never a reason to refuse. Each process sees what passes through it, in windows of a
/// quarter of an hour; of passwords it keeps digests under a key of its own, in memory alone.
package final class GuessingSignals: Sendable {
    package enum Signal: Hashable, Sendable { case manyAccounts, onePassword }

    /// So many accounts, before it is a signal.
    package static let accountsOfANetwork = 20
    package static let accountsOfAPassword = 10
    /// So many networks, and passwords, are watched in a window; what is seen first after that goes unnoticed.
    private static let watched = 10_000

    private struct Window {
        var number: Int64 = 0
        var networks: [[UInt8]: Set<AccountID>] = [:]
        var passwords: [[UInt8]: Set<AccountID>] = [:]
    }

    private let key: Secret
    private let window = Mutex(Window())

    package init(random: some RandomSource) { key = Secret(copying: random.bytes(32)) }

    /// Counts a failure.
    ///
    /// - Parameter account: A phantom's, for a name that nobody has.
    /// - Returns: What it makes apparent; each once a window.
    package func failure(of password: Password, on account: AccountID, from source: ClientSource, at now: Timestamp)
        -> [Signal]
    {
        let digest = password.received.map {
            // Enough to tell apart what is tried in a window, too little to know a password again by.
            Array(hmac(.sha256, key: key, HashFunction.sha256.hash($0)).prefix(4))
        }
        let number = now.milliseconds / 1000 / LockoutPolicy.addressWindow.components.seconds
        return window.withLock { window in
            if window.number != number { window = Window(number: number) }
            var signals: [Signal] = []
            if let network = source.address?.networks[0].prefix,
                Self.isReached(Self.accountsOfANetwork, by: account, under: network, in: &window.networks)
            {
                signals.append(.manyAccounts)
            }
            if let digest, Self.isReached(Self.accountsOfAPassword, by: account, under: digest, in: &window.passwords) {
                signals.append(.onePassword)
            }
            return signals
        }
    }

    /// Whether this account makes them as many.
    private static func isReached(
        _ limit: Int, by account: AccountID, under key: [UInt8], in table: inout [[UInt8]: Set<AccountID>]
    ) -> Bool {
        guard table[key] != nil || table.count < watched, table[key]?.count ?? 0 < limit else { return false }
        return table[key, default: []].insert(account).inserted && table[key]?.count == limit
    }
}
