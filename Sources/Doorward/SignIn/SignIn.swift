// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
public import DoorwardLockout
import DoorwardPasswords
public import DoorwardSessions

extension Gatekeeper {
    /// Signs somebody in with a name and a password.
    ///
    /// What it answers and does depends on the attempts made so far alone, never on whether the account exists, has a
    /// password or is disabled. A lock shows as `retryAfter`, and costs no hash.
    ///
    /// - Parameters:
    ///   - name: As typed. One that cannot be a name is an unknown one.
    ///   - source: The peer's address, if the service knows it; then failures are counted on it too.
    ///   - device: What ``rememberDevice(_:label:replacing:trusting:)`` gave this browser, if it shows one.
    ///   - old: A session that the new one takes the place of.
    /// - Throws: ``GatekeeperError``: `unavailable`, `overloaded` or `cancelled`. Nothing was granted then.
    /// - Complexity: One hash and four round trips to the store; one hash more where the stored one is made anew.
    public func signIn(
        _ name: String, password: Password, from source: ClientSource = .unknown, device: DeviceToken? = nil,
        replacing old: SessionToken? = nil
    ) async throws(GatekeeperError) -> SignInOutcome {
        try await flow(from: source) {
            try await budgeted(
                source, exceeded: SignInOutcome.denied, succeeded: \.isRightSoFar,
                preparing: { try await self.resolve(name) }
            ) { target in
                let verdict = try await attempt(password, on: target, by: device, source: source) {
                    work, record, now throws(StoreError) in
                    let proof = SessionProof(methods: []).adding(.password, at: now)
                    return try conclude(
                        proof, for: record, by: known(device, of: record.account, in: work, at: now), replacing: old,
                        in: &work, at: now)
                }
                switch verdict {
                case .wrong(let denial): return .denied(denial)
                case .right(let conclusion, let verified, _):
                    await upgrade(verified, of: target, to: password)
                    await finishUp(conclusion, of: target.account, replacing: old)
                    return conclusion.outcome
                }
            }
        }
    }

    /// Makes an outdated hash anew, if there is room, and only if it is still the one that was verified: a password
    /// that was changed meanwhile stays changed. Never changes an answer.
    private func upgrade(_ verified: StoredHash, of target: Attempted, to password: Password) async {
        guard let hash = try? await hasher.upgraded(verified, by: password) else { return }
        let done = try? await replace(verified, by: hash, in: target.partition)
        if done == true { report(.userChanged, target.account, reason: .rehashed) }
    }
}
