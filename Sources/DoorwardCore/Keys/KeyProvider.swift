// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Where the keys of a service are kept: a secret manager, a hardware module's vault.
///
/// It is asked when a store is opened, and every minute while it is used. A key that is to become the active one must be
/// in the answer at least ``KeyRotation/lead`` before, and one that was may go that long after, and not before
/// no record needs it: `keyUsage` says. It answers, or throws, within seconds: once the keys that are known are older than
/// ``KeyRotation/patience``, requests wait for it.
public protocol KeyProvider: Sendable {
    func keys() async throws -> KeySet
}

/// The times by which keys are exchanged while services run.
public enum KeyRotation {
    /// How often a running service looks for new keys.
    public static let interval: Duration = .seconds(60)
    /// How long it goes on with those it has when it cannot. Afterwards it is *unavailable*.
    public static let patience: Duration = .seconds(180)
    /// How long a key is known before it is used, and kept after: longer than any service goes on with what it has, and
    /// clocks may differ by a minute.
    public static let lead: Duration = .seconds(300)
}

/// Where the keys of a store come from.
public enum KeySource: Sendable {
    /// A file of the service's own, mode 0600. Made at first start, for an empty store only.
    case file(String)
    /// A variable of the environment that holds the text of a ``KeySet``.
    case variable(String)
    case provider(any KeyProvider)
    /// A ring that the service brings, and that stays as it is.
    case ring(KeyRing)
}

/// A key file that is read again.
struct KeyFileProvider: KeyProvider {
    let file: KeyFile

    func keys() throws(StoreError) -> KeySet {
        guard let set = try file.read() else { throw StoreError(.unavailable, "the key file is missing") }
        return set
    }
}

struct KeyVariable: KeyProvider {
    let name: String

    func keys() throws(StoreError) -> KeySet {
        guard let text = ProcessInfo.processInfo.environment[name], !text.isEmpty else {
            throw StoreError(.unavailable, "the variable of the key ring is not set")
        }
        return try KeySet(parsing: Secret(copying: text.utf8))
    }
}
