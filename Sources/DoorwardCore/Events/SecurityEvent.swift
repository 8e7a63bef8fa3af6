// SPDX-License-Identifier: Apache-2.0

/// Something that an operator, an auditor or the account's owner may need to know. (ASVS V16.3.1)
///
/// It says what the caller of a sign-in must not be told: the reason. No secret is ever in one.
public struct SecurityEvent: Hashable, Sendable {
    /// What happened, in the words of OWASP's logging vocabulary. An open set.
    public struct Name: Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public var description: String { rawValue }

        public static let loginSucceeded = Name(rawValue: "authn_login_success")
        /// The password was right and something more is needed, which the reason names.
        public static let loginPending = Name(rawValue: "authn_login_pending")
        /// Signed in from a browser that is none of those the account knows.
        public static let loginFromNewDevice = Name(rawValue: "authn_login_new_device")
        /// Signed in without a second factor, which a trusted device stood in for.
        public static let loginByTrustedDevice = Name(rawValue: "authn_login_trusted_device")
        /// A factor was right after five or more failures in a row, whoever they were made by.
        public static let loginSucceededAfterFailures = Name(rawValue: "authn_login_successafterfail")
        public static let loginFailed = Name(rawValue: "authn_login_fail")
        public static let loginLocked = Name(rawValue: "authn_login_lock")
        public static let loginFailedMaximum = Name(rawValue: "authn_login_fail_max")
        public static let passwordChanged = Name(rawValue: "authn_password_change")
        public static let passwordChangeFailed = Name(rawValue: "authn_password_change_fail")
        public static let factorAdded = Name(rawValue: "authn_token_created")
        public static let factorRemoved = Name(rawValue: "authn_token_delete")
        public static let factorReused = Name(rawValue: "authn_token_reuse")
        public static let sessionCreated = Name(rawValue: "session_created")
        public static let sessionRenewed = Name(rawValue: "session_renewed")
        public static let sessionEnded = Name(rawValue: "session_logout")
        public static let userCreated = Name(rawValue: "user_created")
        public static let userDeleted = Name(rawValue: "user_deleted")
        public static let userChanged = Name(rawValue: "user_updated")
        /// Passwords of many accounts were guessed wrong from one network within a quarter of an hour.
        public static let manyAccounts = Name(rawValue: "malicious_many_accounts")
        /// One password was wrong for many accounts within a quarter of an hour.
        public static let onePassword = Name(rawValue: "malicious_one_password")
        public static let rateExceeded = Name(rawValue: "excess_rate_limit_exceeded")
    }

    /// Why, in a word from a closed list in the code that reports it.
    public struct Reason: Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public var description: String { rawValue }
    }

    public let name: Name
    public let at: Timestamp
    public let account: AccountID?
    public let session: SessionID?
    public let reason: Reason?
    /// Where the request came from that it is about, if the service said.
    public let source: ClientAddress?

    public init(
        _ name: Name, at: Timestamp, account: AccountID?, session: SessionID? = nil, reason: Reason? = nil,
        source: ClientAddress? = nil
    ) {
        self.name = name
        self.at = at
        self.account = account
        self.session = session
        self.reason = reason
        self.source = source
    }
}

/// Where events go. Called after the verdict's commit and before the answer leaves; it must not block for long.
public protocol SecurityEventSink: Sendable {
    func receive(_ event: SecurityEvent)
}

extension SecurityEvent.Reason {
    package static let wrongPassword = Self(rawValue: "wrong_password")
    package static let wrongCode = Self(rawValue: "wrong_code")
    package static let replayedCode = Self(rawValue: "replayed_code")
    package static let unknownName = Self(rawValue: "unknown_name")
    package static let noPassword = Self(rawValue: "no_password")
    package static let accountDisabled = Self(rawValue: "account_disabled")
    package static let factorDisabled = Self(rawValue: "factor_disabled")
    package static let locked = Self(rawValue: "locked")
    package static let addressBudget = Self(rawValue: "address_budget")
    package static let pendingGone = Self(rawValue: "pending_sign_in_gone")
    package static let enabled = Self(rawValue: "enabled")
    package static let disabled = Self(rawValue: "disabled")
    package static let unlocked = Self(rawValue: "unlocked")
    package static let rehashed = Self(rawValue: "rehashed")
    package static let recoveryCodeUsed = Self(rawValue: "recovery_code_used")
    package static let recoveryCodesMade = Self(rawValue: "recovery_codes_made")
    package static let passwordChangeRequired = Self(rawValue: "password_change_required")
    package static let password = Self(rawValue: "password")
    package static let code = Self(rawValue: "code")
    package static let revoked = Self(rawValue: "revoked")
    package static let everythingRevoked = Self(rawValue: "everything_revoked")
}
