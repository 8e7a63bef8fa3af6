// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// What a client holds to show that it is a session. A token that was not issued finds nothing.
public typealias SessionToken = Token<SessionTokenKind>

/// What a client holds between the legs of a sign-in. Never taken for a session.
public typealias PendingSignInToken = Token<PendingSignInTokenKind>

public enum SessionTokenKind: TokenKind { public static var prefix: String { "dws_" } }
public enum PendingSignInTokenKind: TokenKind { public static var prefix: String { "dwp_" } }
