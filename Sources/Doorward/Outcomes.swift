// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
public import DoorwardOTP
public import DoorwardPasswords
public import DoorwardSessions

/// What a sign-in came to. Take a case that you do not know as denied.
@nonexhaustive
public enum SignInOutcome: Sendable {
    /// Signed in: hand out the token.
    case granted(SignedIn)
    /// Right so far; something more is needed.
    case pending(PendingSignIn)
    case denied(Denial)
}

extension SignInOutcome {
    /// Whether the attempt was no failure.
    var isRightSoFar: Bool { if case .denied = self { false } else { true } }
}

/// A refusal to let somebody in. It is the same for an unknown name, a wrong password, a disabled account.
public struct Denial: Hashable, Sendable {
    /// How long nothing will be looked at, where that is so.
    public let retryAfter: Duration?

    package init(retryAfter: Duration?) { self.retryAfter = retryAfter }
}

/// A sign-in that needs one more step, within ten minutes.
public struct PendingSignIn: Sendable {
    /// What the step takes. Not a session, and never taken for one.
    public let token: PendingSignInToken
    public let needs: PendingNeed
    public let expiresAt: Timestamp
}

/// What a pending sign-in needs.
@nonexhaustive
public enum PendingNeed: Hashable, Sendable {
    /// A code, by one of these methods: `finish(_:with:)` with `.code`.
    case secondFactor([AuthenticationMethod])
    /// An authenticator: `beginEnrollment(_:settings:)`, then `finish(_:with:)` with `.enrollment`.
    case enrollment
    /// A new password: `changePassword(_:to:)` with the pending token.
    case newPassword
}

/// The answer to a pending need.
public enum PendingAnswer: Redacted, Sendable {
    /// A one-time or a recovery code, as typed. What has the form of a recovery code is one.
    case code(String)
    /// Two codes that follow each other, of a counter-based authenticator that was used a lot elsewhere.
    case resynchronization(String, String)
    /// The first code of the authenticator that was just enrolled.
    case enrollment(AuthenticatorID, code: String)
}

/// What a registration came to.
@nonexhaustive
public enum RegistrationOutcome: Sendable {
    case registered(AccountID, LoginName)
    /// All that speaks against it, `name.taken` included.
    case refused([PasswordViolation])
    case badName(LoginNameError)
}

/// What became of something that only the person behind a session may do.
@nonexhaustive
public enum ProtectedOutcome<Value: Sendable>: Sendable {
    case done(Value)
    /// A wrong password or code.
    case denied(Denial)
    /// Against the rules, with all that speaks against it.
    case refused([PasswordViolation])
    /// There is no such thing, or it is not theirs.
    case notFound
    /// The proof is older than five minutes, or the session is over: `reauthenticate(_:password:code:)` first.
    case reauthenticationRequired
}

/// Whether a session's holder has shown all factors lately.
public enum Freshness: Sendable {
    case fresh(FreshAuthentication)
    /// Too long ago; these methods are asked for.
    case stale([AuthenticationMethod])
    case notSignedIn
}

/// What a reauthentication came to.
@nonexhaustive
public enum ReauthenticationOutcome: Sendable {
    case granted(SignedIn)
    case denied(Denial)
    /// The password is right, a code is missing; nothing is left to finish: call again with both.
    case secondFactorRequired([AuthenticationMethod])
    case notSignedIn
}

extension ReauthenticationOutcome {
    /// Whether the attempt was no failure.
    var isRightSoFar: Bool { if case .denied = self { false } else { true } }
}

/// Fresh recovery codes, shown this once, with the session's new token.
public struct NewRecoveryCodes: Sendable {
    public let codes: [RecoveryCode]
    public let signedIn: SignedIn
}

extension PasswordViolation {
    static let nameTaken = PasswordViolation(code: "name.taken", message: "Somebody has this name already.")
    static let noAuthenticator = PasswordViolation(
        code: "factor.none", message: "Recovery codes stand in for an authenticator: enrol one first.")
    static let lastAuthenticator = PasswordViolation(
        code: "factor.required", message: "This service requires a second factor: enrol another one first.")
}
