// SPDX-License-Identifier: Apache-2.0

public import DoorwardAudit
public import DoorwardCore
import DoorwardLockout
import DoorwardOTP
public import DoorwardPasswords
import DoorwardSessions
import Synchronization

/// Signs people in: joins passwords, one-time codes, recovery codes, lockout and sessions, each step in one commit.
///
/// It is strict with no options given, and the only place that issues a full session after a sign-in. One value serves
/// a process, from any number of tasks; any number of processes may share a store that allows it.
///
/// Every answer is one of three (granted, or what is still needed; denied; an error that says *unavailable* or
/// *overloaded*), and a fault is never taken for a wrong password, nor for a right one. A denial says no more than when
/// to try again; the reason goes to the security events.
///
/// ## Topics
/// ### Accounts
/// - ``register(_:password:from:)``
/// ### Signing in
/// - ``signIn(_:password:from:device:replacing:)``
/// - ``finish(_:with:from:replacing:)``
/// - ``session(for:)``
/// - ``signOut(_:)``
/// ### Credentials
/// - ``freshAuthentication(of:)``
/// - ``reauthenticate(_:password:code:from:device:)``
/// - ``changePassword(_:current:to:from:device:)``
public final class Gatekeeper: Sendable {
    package let environment: AuthEnvironment
    package let configuration: GatekeeperConfiguration
    package let hasher: PasswordHasher
    let sessions: SessionService
    let addresses: AddressBudget
    let authenticators: AuthenticatorRules
    let recovery: RecoveryCodeRules
    let waiting = WaitingRoom()
    let outbox = Outbox()
    /// Apart from the messages: what anybody can ask for must not keep an owner from hearing of it.
    let notices = Outbox()
    let signals: GuessingSignals
    let decoys: Decoys
    let audit: AuditLog?
    let census = Mutex<HashCensus?>(nil)

    /// Opens a store with its keys. See ``AuthEnvironment/open(store:keys:clock:random:retry:events:)`` for the errors.
    public convenience init(
        store: any AuthStore, keys: KeySource, configuration: GatekeeperConfiguration = GatekeeperConfiguration(),
        clock: any WallClock = .system, random: any RandomSource = .system, events: [any SecurityEventSink] = []
    ) async throws(StoreError) {
        self.init(
            try await AuthEnvironment.open(store: store, keys: keys, clock: clock, random: random, events: events),
            configuration: configuration)
        try await readHashCensus()
    }

    /// On an environment that is open already.
    public init(_ environment: AuthEnvironment, configuration: GatekeeperConfiguration = GatekeeperConfiguration()) {
        self.environment = environment
        self.configuration = configuration
        hasher = PasswordHasher(
            parameters: configuration.argon2, keys: environment.keys, pool: configuration.hashingPool,
            random: environment.random)
        sessions = SessionService(environment)
        addresses = AddressBudget(environment)
        authenticators = AuthenticatorRules(keys: environment.keys)
        recovery = RecoveryCodeRules(keys: environment.keys)
        decoys = Decoys(like: hasher.dummy(nil), random: environment.random)
        signals = GuessingSignals(random: environment.random)
        for kernel in hasher.pool.engine.rejected {
            environment.report(
                SecurityEvent(
                    .kernelRejected, at: environment.clock.now(), account: nil,
                    reason: SecurityEvent.Reason(rawValue: kernel)))
        }
        audit = configuration.auditChain.map { AuditLog(environment, chain: $0) }
    }

    /// What applies to new passwords.
    public var passwordPolicy: PasswordPolicy {
        PasswordPolicy(
            secondFactorIsRequired: configuration.requiresSecondFactor,
            contextWords: [configuration.serviceName] + configuration.contextWords)
    }
}

/// What a service may choose. Every default is the strict one.
public struct GatekeeperConfiguration: Sendable {
    /// The service's name: what authenticator apps show, and what no password may be built from.
    public var serviceName = "Doorward"
    /// More words that no password may be built from. (ASVS V6.1.2, V6.2.11)
    public var contextWords: [String] = []
    /// Whether every sign-in needs a second factor: new people are led to enrol one, passwords may have 8 characters,
    /// and the last authenticator cannot be removed. (ASVS V6.3.3)
    public var requiresSecondFactor = false
    /// Whom new passwords are looked up with. (ASVS V6.2.12)
    public var breachedPasswords: BreachedPasswordCheck?
    /// Sends what people are sent. Without one, nothing that needs it is available.
    public var messages: (any MessageSender)?
    /// Tells owners what happens to their accounts.
    public var notifier: (any Notifier)?
    /// Where events are recorded so that nothing can be changed, removed or put in unnoticed: the chain of this process.
    /// No answer leaves before its events are there, which costs a sign-in one commit more. Records stay for good: watch
    /// the store's size. (ASVS V16.4.2)
    public var auditChain: AuditChain?
    /// The service's own table of users, where it keeps names itself. Then ``Gatekeeper/register(_:password:from:)`` is
    /// not for it: accounts are made there, and get their first password by
    /// ``Gatekeeper/setFirstPassword(_:of:from:)``.
    public var directory: (any AccountDirectory)?
    /// For how long a device that its owner trusts stands in for a second factor: its sign-ins are of level 1 then. `nil`,
    /// the default: never; nor where every sign-in needs a second factor.
    public var deviceTrust: Duration?
    /// How many former passwords may not come back, 0 to 24. Each costs a hash at every change, for those alone who know
    /// the current password. NIST and OWASP ask for none.
    public var passwordHistory = 0
    /// The cost of new hashes.
    public var argon2 = Argon2Parameters.default
    /// The threads that hash. One pool serves a process.
    public var hashingPool: HashingPool

    public init(hashingPool: HashingPool = HashingPool()) { self.hashingPool = hashingPool }
}
