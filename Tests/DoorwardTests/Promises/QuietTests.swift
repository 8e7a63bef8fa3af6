// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Logging
import Synchronization
import Testing

/// P5, quiet: no secret in a description, a mirror, a log, an error, an event, or a record in the clear.
@Suite(.timeLimit(.minutes(10))) struct QuietTests {
    /// All that printing, dumping and mirroring show of a value.
    static func shown(_ value: Any) -> String {
        var text = "\(value) \(String(reflecting: value)) \(String(describing: [value])) \(Optional(value) as Any)"
        dump(value, to: &text)
        func walk(_ value: Any, depth: Int) {
            guard depth < 8 else { return }
            for child in Mirror(reflecting: value).children {
                text += " \(child.value)"
                walk(child.value, depth: depth + 1)
            }
        }
        walk(value, depth: 0)
        return text
    }

    static func holdQuiet(_ value: Any, about canaries: [String]) throws {
        let text = shown(value)
        for canary in canaries { try hold(!text.contains(canary), "a secret is shown by \(type(of: value))") }
    }

    @Test func everyPublicTypeErrorAndEventKeepsItsSecrets() async throws {
        let log = LogRecorder()
        let stage = try await Stage()
        let password = "canary of a password, long enough"
        _ = try await stage.register("alice", password)
        let signedIn = try await stage.signedIn("alice", password)
        let enrollment = try await stage.gatekeeper.beginEnrollment(stage.fresh(signedIn.token)).done()
        let device = VirtualAuthenticator(enrollment)
        let confirmed = try await stage.gatekeeper.confirm(
            signedIn.token, device.id, code: device.code(at: stage.clock.now())
        ).done()
        let made = try await stage.gatekeeper.generateRecoveryCodes(stage.fresh(confirmed.token)).done()
        let outcome = try await stage.signIn("alice", password)
        let pending = try outcome.pending()
        let known = try await stage.gatekeeper.rememberDevice(stage.fresh(made.signedIn.token)).done()
        _ = try await stage.gatekeeper.requestAddressConfirmation(
            stage.fresh(made.signedIn.token), "alice@example.org"
        ).done()
        _ = try await stage.gatekeeper.requestPasswordReset("alice")
        _ = try await stage.gatekeeper.requestRegistration("bob@example.org")
        let messages = await stage.postbox.take(stage.gatekeeper)
        let code = try #require(messages.first?.code)
        let registration = try #require(messages.last?.registration)
        let notice = AccountNotice(
            kind: .passwordChanged, account: confirmed.session.account, name: "alice",
            addresses: ["alice@example.org"], at: stage.clock.now(), source: nil)
        let ring = KeyRing()
        let hash = try await stage.gatekeeper.hasher.hash(Password(password))
        let keyBytes = ring.set.keys[0].material.copyBytes()
        let secretBytes = enrollment.secret.bytes.copyBytes()
        let canaries = [
            password, confirmed.token.revealed(), String(confirmed.token.revealed().dropFirst(30)),
            code.revealed(), registration.revealed(), String(registration.revealed().dropFirst(30)),
            "alice@example.org", pending.token.revealed(), known.revealed(), String(known.revealed().dropFirst(30)),
            made.codes[0].revealed(),
            String(decoding: made.codes[0].canonical.copyBytes(), as: UTF8.self),
            enrollment.secret.revealedBase32(), enrollment.uri.revealed(), "\(keyBytes)", "\(secretBytes)",
            Hex.encode(keyBytes), Hex.encode(secretBytes), hash.text, String(hash.text.suffix(20)),
            "\(Array(password.utf8))",
        ]
        let values: [Any] = [
            code, registration, messages, messages[0].content, notice, known, Password(password),
            Secret(copying: password.utf8), confirmed, confirmed.token, confirmed.token.bearer,
            confirmed.session, outcome, try #require(SessionToken(confirmed.token.revealed())).bearer,
            pending, enrollment, enrollment.secret, enrollment.uri, made, made.codes, ring, hash,
            try #require(TOTP(secret: enrollment.secret)), try #require(HOTP(secret: enrollment.secret)),
            KeySource.ring(ring), stage.gatekeeper, stage.environment, stage.events.events,
            PendingAnswer.enrollment(device.id, code: password), PendingAnswer.code(made.codes[0].revealed()),
            ProtectedOutcome.done(made), SignInOutcome.granted(confirmed), ReauthenticationOutcome.granted(confirmed),
            Argon2Input(
                parameters: .default, password: Secret(copying: password.utf8), salt: [],
                pepper: ring.set.keys[0].material),
            GatekeeperError(.unavailable, "reason", underlying: StoreError(.corrupt, "reason")),
            PasswordPolicy().violations(of: Password(password), accountWords: ["canary"]),
            PasswordRecord(
                account: confirmed.session.account, hash: .own(hash), setAt: stage.clock.now(), random: stage.random),
        ]
        for value in values { try Self.holdQuiet(value, about: canaries) }

        let sink = LogEventSink(Logger(label: "test") { _ in log.handler })
        for event in stage.events.events { sink.receive(event) }
        #expect(log.text.contains("authn_login_success"))
        for canary in canaries { #expect(!log.text.contains(canary)) }

        // Nor in the store: what is there is hashed, sealed, or not secret.
        for record in try await stage.store.scan(after: nil, limit: 1000) {
            let text = String(decoding: record.value, as: UTF8.self) + "\(record.value)" + Hex.encode(record.value)
            for canary in canaries { #expect(!text.contains(canary)) }
        }
    }

    @Test func aTypeThatShowsItsSecretWouldBeCaught() {
        struct Leaky: CustomStringConvertible {
            let secret = "canary"
            var description: String { "<redacted>" }  // dump and mirrors show it all the same
        }
        #expect(throws: Broken.self) { try Self.holdQuiet(Leaky(), about: ["canary"]) }
    }
}

/// Keeps what is logged.
private final class LogRecorder: Sendable {
    private let lines = Mutex<[String]>([])
    var text: String { lines.withLock { $0.joined(separator: "\n") } }
    var handler: Handler { Handler(recorder: self) }

    struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            recorder.lines.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
        }
    }
}
