// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import DoorwardLockout
public import DoorwardSessions

extension Gatekeeper {
    /// The live session of a token, or `nil`: one read. See ``SessionService/check(_:)``.
    public func session(for token: SessionToken) async throws(GatekeeperError) -> Session? {
        try await plainly { try await sessions.check(token) }
    }

    /// The live session of a cookie's or header's text, or `nil`; what is no token is never looked up.
    public func session(for text: String) async throws(GatekeeperError) -> Session? {
        guard let token = SessionToken(text) else { return nil }
        return try await session(for: token)
    }

    /// The canonical name of a session's account, if it has one.
    public func name(of session: Session) async throws(GatekeeperError) -> String? {
        try await flow {
            let target = attempted(session.account)
            let work = try await environment.read(
                [RecordKey(.accounts, in: target.partition, id: .only)], in: target.partition)
            return try target.record(in: work, at: environment.clock.now())?.name
        }
    }

    /// A new token for the session; the old one is dead in the same commit. `nil` if the session is over.
    public func regenerate(_ token: SessionToken) async throws(GatekeeperError) -> SignedIn? {
        try await flow {
            let signedIn = try await sessions.regenerate(token)
            if let signedIn { report(.sessionRenewed, signedIn.session.account, session: signedIn.session.id) }
            return signedIn
        }
    }

    /// Ends the session. If it throws, it may still be live. (ASVS V7.4.1)
    public func signOut(_ token: SessionToken) async throws(GatekeeperError) {
        try await flow {
            guard let account = try await sessions.revoke(token) else { return }
            report(.sessionEnded, account, session: SessionID(token.bearer.recordID))
        }
    }

    /// The live sessions of the token's account, oldest first; `nil` if the session is over.
    public func sessions(of token: SessionToken) async throws(GatekeeperError) -> [Session]? {
        try await flow {
            guard let current = try await sessions.check(token) else { return nil }
            return try await sessions.list(of: current.account)
        }
    }

    /// Which sessions to end.
    public enum Revocation: Hashable, Sendable {
        case one(SessionID)
        /// All but the one that asks.
        case others
        case all
    }

    /// Ends sessions of the token's account, and of no other; all but one, or all, end the trust in devices too.
    /// (ASVS V7.4.3, V7.5.2)
    ///
    /// - Returns: How many ended, 0 for an id that is unknown or not theirs; `nil` if the session itself is over.
    public func revoke(_ token: SessionToken, _ which: Revocation) async throws(GatekeeperError) -> Int? {
        try await flow {
            guard let current = try await sessions.check(token) else { return nil }
            let ended =
                switch which {
                case .one(let id): try await sessions.revoke(of: current.account) { $0 == id }
                case .others: try await revokeEverywhere(current.account, keeping: current.id)
                case .all: try await revokeEverywhere(current.account, keeping: nil)
                }
            for id in ended { report(.sessionEnded, current.account, session: id, reason: .revoked) }
            return ended.count
        }
    }

    /// A device that stands in for a factor would open the next session at once.
    private func revokeEverywhere(_ account: AccountID, keeping kept: SessionID?) async throws(StoreError)
        -> [SessionID]
    {
        try await sessions.revoke(of: account, keeping: kept, alsoReading: [.devices]) { work throws(StoreError) in
            guard var devices = try devices(of: account, in: work), devices.endTrust() else { return }
            work.put(devices)
        }
    }
}
