// SPDX-License-Identifier: Apache-2.0

import Doorward
@_spi(Testing) import DoorwardPasswords
import DoorwardTesting
import Synchronization
import Testing

/// A promise that does not hold. Thrown rather than recorded, so that a test can show that a planted fault is caught.
struct Broken: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func hold(_ condition: Bool, _ promise: @autoclosure () -> String) throws {
    guard condition else { throw Broken(promise()) }
}

/// That the planted fault is caught by the promise itself, and not by whatever else it breaks.
func expectCaught(
    by words: String..., sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async {
    do {
        try await body()
        Issue.record("the planted fault was not caught", sourceLocation: sourceLocation)
    } catch {
        let isThat = words.contains { "\(error)".contains($0) }
        #expect(isThat, "caught by something else: \(error)", sourceLocation: sourceLocation)
    }
}

func unwrap<T>(_ value: T?, _ promise: @autoclosure () -> String = "nothing there") throws -> T {
    guard let value else { throw Broken(promise()) }
    return value
}

/// Counts hashes, and can be told of each.
final class HashSpy: Sendable {
    private let counter = Atomic<Int>(0)
    private let note: @Sendable (HashingJob) -> Void

    init(note: @escaping @Sendable (HashingJob) -> Void = { _ in }) { self.note = note }

    var count: Int { counter.load(ordering: .sequentiallyConsistent) }
    func reset() { counter.store(0, ordering: .sequentiallyConsistent) }

    func pool(_ configuration: HashingPool.Configuration) -> HashingPool {
        HashingPool(configuration) { job throws(HashingError) in
            self.counter.wrappingAdd(1, ordering: .sequentiallyConsistent)
            self.note(job)
            return try job.compute(by: .libargon2)
        }
    }
}

/// Keeps what is sent.
final class Postbox: MessageSender {
    private let messages = Mutex<[OutgoingMessage]>([])

    func send(_ message: OutgoingMessage) async throws { messages.withLock { $0.append(message) } }

    /// What has arrived since the last look.
    func take(_ gatekeeper: Gatekeeper) async -> [OutgoingMessage] {
        await gatekeeper.finishSending()
        return messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }
}

/// A gatekeeper at test cost on a store of choice, with everything injected.
final class Stage: Sendable {
    static let password = "a quiet river at dawn"
    static let otherPassword = "seven yellow umbrellas"

    let clock: ManualClock
    let store: any AuthStore
    let environment: AuthEnvironment
    let gatekeeper: Gatekeeper
    let hashes: HashSpy
    let events: EventRecorder
    let postbox = Postbox()
    let random = SystemRandomSource()
    private let ring: KeyRing
    let place: StorePlace

    /// - Parameter wrap: What the gatekeeper sees instead of the bare store.
    init(
        _ choice: StoreChoice = .memory, queueLength: Int = 256, deadline: Duration = .seconds(10),
        requiresSecondFactor: Bool = false,
        hashes: HashSpy = HashSpy(), retry: RetryPolicy = .patient, clock: ManualClock = ManualClock(),
        ring: KeyRing = KeyRing(), wrap: (any AuthStore) -> any AuthStore = { $0 }
    ) async throws {
        let place = try await choice.makePlace()
        let store = try await place.open(clock: clock)
        let events = EventRecorder()
        self.store = wrap(store)
        self.place = place
        self.ring = ring
        self.clock = clock
        self.hashes = hashes
        self.events = events
        environment = try await .open(
            store: self.store, keys: .ring(ring), clock: clock, retry: retry, events: [events])
        let pool = hashes.pool(.init(threads: 2, queueLength: queueLength, deadline: deadline))
        var configuration = GatekeeperConfiguration(hashingPool: pool)
        configuration.argon2 = .insecureForTesting
        configuration.requiresSecondFactor = requiresSecondFactor
        configuration.messages = postbox
        gatekeeper = Gatekeeper(environment, configuration: configuration)
    }

    /// Another gatekeeper on the same store, as another process would have.
    func another() -> Gatekeeper { Gatekeeper(environment, configuration: gatekeeper.configuration) }

    /// The same store, seen through something.
    func reopened(
        _ wrap: (any AuthStore) -> any AuthStore, retry: RetryPolicy = .patient, clock: (any WallClock)? = nil
    ) async throws -> AuthEnvironment {
        try await .open(
            store: wrap(store), keys: .ring(ring), clock: clock ?? self.clock, retry: retry, events: [events])
    }

    func register(_ name: String = "alice", _ password: String = Stage.password) async throws -> AccountID {
        guard case .registered(let account, _) = try await gatekeeper.register(name, password: Password(password))
        else { throw Broken("\(name) could not be registered") }
        return account
    }

    /// An account with a hash of another system.
    func bringIn(_ name: String, _ password: String, wrapping: Bool = false) async throws -> AccountID {
        let account = ImportedAccount(name: try LoginName(name), passwordHash: try Self.oldHash(of: password))
        guard case .imported(let id) = try await gatekeeper.importAccount(account, wrapping: wrapping) else {
            throw Broken("\(name) could not be brought in")
        }
        return id
    }

    /// As Django writes it, with ten iterations.
    static func oldHash(of password: String) throws -> OldHash {
        let digest = pbkdf2(
            .sha256, password: Secret(copying: password.utf8), salt: Array("salt".utf8), iterations: 10, length: 32)
        return try OldHash(parsing: "pbkdf2_sha256$10$salt$" + Base64.standard.encode(try unwrap(digest)))
    }

    /// A registered account with a confirmed address.
    func registeredWithAddress(_ name: String = "alice@example.org") async throws {
        guard case .accepted = try await gatekeeper.requestRegistration(name) else { throw Broken("not accepted") }
        let token = try unwrap(await postbox.take(gatekeeper).first?.registration, "no token was sent")
        _ = try await gatekeeper.completeRegistration(token, password: Password(Stage.password)).done()
    }

    /// The token of a reset.
    func resetToken(_ name: String = "alice@example.org") async throws -> PasswordToken {
        _ = try await gatekeeper.requestPasswordReset(name)
        return try unwrap(await postbox.take(gatekeeper).first?.passwordToken, "no token was sent")
    }

    func signIn(_ name: String = "alice", _ password: String = Stage.password) async throws -> SignInOutcome {
        try await gatekeeper.signIn(name, password: Password(password))
    }

    func signedIn(_ name: String = "alice", _ password: String = Stage.password) async throws -> SignedIn {
        try await signIn(name, password).granted()
    }

    func fresh(_ token: SessionToken) async throws -> FreshAuthentication {
        guard case .fresh(let fresh) = try await gatekeeper.freshAuthentication(of: token) else {
            throw Broken("not fresh")
        }
        return fresh
    }

    /// A registered account with a confirmed authenticator.
    func enrolled(_ name: String = "alice", _ settings: AuthenticatorSettings = AuthenticatorSettings())
        async throws -> (token: SessionToken, authenticator: VirtualAuthenticator)
    {
        _ = try await register(name)
        let signedIn = try await signedIn(name)
        let enrollment = try await gatekeeper.beginEnrollment(fresh(signedIn.token), settings: settings).done()
        let authenticator = VirtualAuthenticator(enrollment)
        let confirmed = try await gatekeeper.confirm(
            signedIn.token, enrollment.authenticator.id, code: authenticator.code(at: clock.now())
        ).done()
        clock.advance(by: .seconds(30))  // that code is spent
        return (confirmed.token, authenticator)
    }

    /// A registered account with a counter-based authenticator, whose counter 0 is spent.
    func enrolledHOTP() async throws -> (token: SessionToken, authenticator: VirtualAuthenticator) {
        _ = try await register()
        let token = try await signedIn().token
        let enrollment = try await gatekeeper.beginEnrollment(
            fresh(token), settings: AuthenticatorSettings(type: .hotp(counter: 0))
        ).done()
        let authenticator = VirtualAuthenticator(enrollment)
        let confirmed = try await gatekeeper.confirm(token, authenticator.id, code: authenticator.code(counter: 0))
        return (try confirmed.done().token, authenticator)
    }

    /// An AAL2 session by password and code.
    func signedInFully(
        _ name: String = "alice", _ authenticator: VirtualAuthenticator, after wait: Duration = .zero
    ) async throws -> SignedIn {
        clock.advance(by: wait)
        let pending = try await signIn(name).pending()
        return try await gatekeeper.finish(
            pending.token, with: .code(authenticator.code(at: clock.now()))
        ).granted()
    }
}

/// What a person's phone does.
struct VirtualAuthenticator: Sendable {
    let id: AuthenticatorID
    let uri: ProvisioningURI

    init(_ enrollment: Enrollment) {
        id = enrollment.authenticator.id
        uri = enrollment.uri
    }

    func code(at now: Timestamp) -> String {
        guard case .totp(let period) = uri.type,
            let totp = TOTP(secret: uri.secret, algorithm: uri.algorithm, digits: uri.digits, period: period)
        else { return "" }
        return totp.code(at: now) ?? ""
    }

    func code(counter: UInt64) -> String {
        HOTP(secret: uri.secret, algorithm: uri.algorithm, digits: uri.digits)?.code(at: counter) ?? ""
    }

    /// A code that is right neither now nor within five minutes.
    func wrongCode(at now: Timestamp) -> String {
        let near = Set((-10...10).map { code(at: now.advanced(by: .seconds(30 * $0))) })
        return (0...).lazy.map { String(repeating: "0", count: 6 - "\($0)".count) + "\($0)" }
            .first { !near.contains($0) } ?? ""
    }
}

extension OutgoingMessage {
    var registration: RegistrationToken? { if case .registration(let token) = content { token } else { nil } }
    var code: DeliveredCode? { if case .addressConfirmation(let code) = content { code } else { nil } }
    var passwordToken: PasswordToken? {
        switch content {
        case .passwordReset(let token), .activation(let token): token
        default: nil
        }
    }
}

extension RetryPolicy {
    /// Waits no time, tries long.
    static let patient: RetryPolicy = {
        var policy = RetryPolicy(deadline: .seconds(60))
        policy.pause = { _ in await Task.yield() }
        return policy
    }()

    /// Waits no time, gives up soon.
    static let brief: RetryPolicy = {
        var policy = RetryPolicy(deadline: .milliseconds(5))
        policy.pause = { _ in await Task.yield() }
        return policy
    }()
}

extension SignInOutcome {
    func granted() throws -> SignedIn {
        guard case .granted(let signedIn) = self else { throw Broken("not granted: \(self)") }
        return signedIn
    }

    func pending() throws -> PendingSignIn {
        guard case .pending(let pending) = self else { throw Broken("not pending: \(self)") }
        return pending
    }

    func denied() throws -> Denial {
        guard case .denied(let denial) = self else { throw Broken("not denied: \(self)") }
        return denial
    }

    var isGranted: Bool { if case .granted = self { true } else { false } }
    var isDenied: Bool { if case .denied = self { true } else { false } }
}

extension ProtectedOutcome {
    func done() throws -> Value {
        guard case .done(let value) = self else { throw Broken("not done: \(self)") }
        return value
    }
}

extension [SignInOutcome] {
    var areGranted: Bool { !contains { !$0.isGranted } }
    var areDenied: Bool { !contains { !$0.isDenied } }
}

extension Argon2Parameters {
    /// Next to no cost.
    static let forTests = Argon2Parameters.insecureForTesting
}
