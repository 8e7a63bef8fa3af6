// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// What a client holds to show that it is a session: `dws_` and 64 characters. Secret.
///
/// It is base64url(partition 16 ‖ random 32). The store keeps SHA-256 of the random part alone, so nothing in it can be
/// presented, and a token that was not issued finds nothing. (ASVS V7.2.1 to V7.2.4)
public struct SessionToken: Redacted, Sendable {
    package static let prefix = "dws_"
    package let bearer: BearerToken

    /// `nil` unless the text has exactly the form of a token.
    public init?(_ text: String) {
        guard let bearer = BearerToken(text, prefix: Self.prefix) else { return nil }
        self.bearer = bearer
    }

    package init(bearer: BearerToken) { self.bearer = bearer }

    /// The token as text, to be handed to the client and nobody else.
    public func revealed() -> String { bearer.revealed(prefix: Self.prefix) }
}

/// What a client holds between the legs of a sign-in: `dwp_` and 64 characters. Secret, and never taken for a session.
public struct PendingSignInToken: Redacted, Sendable {
    package static let prefix = "dwp_"
    package let bearer: BearerToken

    /// `nil` unless the text has exactly the form of a token.
    public init?(_ text: String) {
        guard let bearer = BearerToken(text, prefix: Self.prefix) else { return nil }
        self.bearer = bearer
    }

    package init(bearer: BearerToken) { self.bearer = bearer }

    /// The token as text, to be handed to the client and nobody else.
    public func revealed() -> String { bearer.revealed(prefix: Self.prefix) }
}
