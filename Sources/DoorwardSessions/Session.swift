// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// The facts of a live session. Not secret: it can be shown, and does not let anybody in.
public struct Session: Hashable, Sendable {
    public let id: SessionID
    public let account: AccountID
    public let level: AssuranceLevel
    package let shown: MethodList
    public let createdAt: Timestamp
    /// Written at most once a minute, so up to a minute old.
    public let lastSeenAt: Timestamp
    /// The end, whatever happens.
    public let expiresAt: Timestamp
    /// The end, if nothing happens.
    public let idleExpiresAt: Timestamp

    /// How the session's holder proved who they are, in that order.
    public var methods: [AuthenticationMethod] { shown.all }
}

/// A session that was just issued: its facts, and the token that is shown this once.
public struct SignedIn: Sendable {
    public let token: SessionToken
    public let session: Session

    package init(token: SessionToken, session: Session) {
        self.token = token
        self.session = session
    }
}

/// How long sessions live (NIST SP 800-63B-4 §§ 2.1.3, 2.2.3; ASVS V7.3.1, V7.3.2).
public struct SessionPolicy: Hashable, Sendable {
    public struct Limits: Hashable, Sendable {
        /// The whole life.
        public var absolute: Duration { .milliseconds(absoluteMilliseconds) }
        /// The longest time without a check.
        public var idle: Duration { .milliseconds(idleMilliseconds) }

        // As sessions are stored: each check asks.
        let absoluteMilliseconds: Int64
        let idleMilliseconds: Int64

        init(hours: Int64, idleHours: Int64) {
            absoluteMilliseconds = hours * 3_600_000
            idleMilliseconds = idleHours * 3_600_000
        }
    }

    /// 30 days, idle 7 days.
    public static let aal1 = Limits(hours: 30 * 24, idleHours: 7 * 24)
    /// 24 hours, idle one.
    public static let aal2 = Limits(hours: 24, idleHours: 1)
    /// Age at which last-seen is written again.
    public static let touchInterval: Duration = .seconds(60)
    /// Live sessions, pending sign-ins and refresh families of an account; the oldest goes.
    public static let seats = 50
    /// Pending sign-ins among them.
    public static let pendingSeats = 10

    package static func limits(_ level: AssuranceLevel) -> Limits {
        switch level {
        case .aal1: aal1
        case .aal2: aal2
        }
    }
}
