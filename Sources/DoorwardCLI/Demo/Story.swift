// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward
import Glibc

/// Registers, enrols, signs in, replays, recovers, revokes, and is locked out; each step checks what it shows.
struct Story {
    private static let password = "correct horse battery staple"
    let gatekeeper: Gatekeeper
    let store: any AuthStore
    let clock: DemoClock

    private struct Unexpected: Error, CustomStringConvertible { let description: String }

    private func say(_ text: String) { Terminal.write(text + "\n", to: STDOUT_FILENO) }

    private func step(_ title: String, _ body: () async throws -> String) async throws {
        do {
            say("✓ \(title): \(try await body())")
        } catch {
            say("✗ \(title): \(error)")
            throw ExitCode(1)
        }
    }

    private func check(_ condition: Bool, _ what: String) throws {
        guard condition else { throw Unexpected(description: "expected: \(what)") }
    }

    private func signIn(_ password: String = Self.password) async throws -> SignInOutcome {
        try await gatekeeper.signIn("alice", password: Password(password))
    }

    private func pending() async throws -> PendingSignIn {
        guard case .pending(let pending) = try await signIn() else {
            throw Unexpected(description: "expected: a code is asked for")
        }
        return pending
    }

    func play() async throws {
        try await step("A weak password is refused") {
            guard
                case .refused(let violations) = try await gatekeeper.register(
                    "alice", password: Password("alice123"))
            else { throw Unexpected(description: "expected: refused") }
            return violations.map(\.code).joined(separator: ", ")
        }
        try await step("Alice registers") {
            guard
                case .registered(_, let name) = try await gatekeeper.register(
                    "Alice", password: Password(Self.password))
            else { throw Unexpected(description: "expected: registered") }
            return "as “\(name.text)”, her password hashed with Argon2id (19 MiB, 2 passes) and a pepper"
        }
        var token = try await signInWithPassword()
        let authenticator = try await enroll(&token)
        try await signInWithCodes(authenticator)
        try await recover(&token)
        try await manageSessions(token)
        let device = try await rememberDevice(token, authenticator)
        try await lockOut(device)
        try await readTheBooks()
        say("Everything was as it should be.")
    }

    private func signInWithPassword() async throws -> SessionToken {
        var token: SessionToken?
        try await step("She signs in with her password") {
            guard case .granted(let signedIn) = try await signIn() else {
                throw Unexpected(description: "expected: granted")
            }
            token = signedIn.token
            let records = try await store.scan(after: nil, limit: 1000)
            let text = Array(signedIn.token.revealed().utf8.dropFirst(4))
            try check(
                !records.contains {
                    String(decoding: $0.value, as: UTF8.self).contains(String(decoding: text, as: UTF8.self))
                }, "the token is not in the store")
            return "a session at AAL\(signedIn.session.level.rawValue); the store has only a hash of its token"
        }
        guard let token else { throw ExitCode(1) }
        return token
    }

    private func enroll(_ token: inout SessionToken) async throws -> TOTP {
        let session = token
        var made: (TOTP, SessionToken)?
        try await step("She enrols an authenticator app") {
            guard case .fresh(let fresh) = try await gatekeeper.freshAuthentication(of: session),
                case .done(let enrollment) = try await gatekeeper.beginEnrollment(fresh),
                let totp = TOTP(secret: enrollment.secret), let code = totp.code(at: clock.now()),
                case .done(let confirmed) = try await gatekeeper.confirm(
                    session, enrollment.authenticator.id, code: code)
            else { throw Unexpected(description: "expected: enrolled and confirmed") }
            #if QRCode
            if let picture = QRCode(enrollment.uri.revealed()) {
                say(picture.terminal(coloured: Terminal.takesColours))
            }
            #endif
            say("  \(enrollment.uri.revealed())")
            let isDead = try await gatekeeper.session(for: session) == nil
            try check(isDead, "the old token is dead")
            made = (totp, confirmed.token)
            return "confirmed by code \(code); the session rose to AAL2 under a new token, the old one is dead"
        }
        guard let made else { throw ExitCode(1) }
        token = made.1
        return made.0
    }

    private func signInWithCodes(_ totp: TOTP) async throws {
        clock.skip(.seconds(30))
        let code = totp.code(at: clock.now()) ?? ""
        try await step("Signing in takes a code now") {
            let pending = try await pending()
            guard case .granted(let signedIn) = try await gatekeeper.finish(pending.token, with: .code(code)) else {
                throw Unexpected(description: "expected: granted")
            }
            return "code \(code) was right, AAL\(signedIn.session.level.rawValue)"
        }
        try await step("The same code again is refused") {
            let pending = try await pending()
            guard case .denied = try await gatekeeper.finish(pending.token, with: .code(code)) else {
                throw Unexpected(description: "expected: denied")
            }
            return "code \(code) is spent"
        }
        clock.skip(.seconds(30))
        let next = totp.code(at: clock.now()) ?? ""
        try await step("Eight browsers offer one code at the same moment") {
            var pendings: [PendingSignIn] = []
            for _ in 0..<8 { pendings.append(try await pending()) }
            let granted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for pending in pendings {
                    group.addTask {
                        if case .granted = try await gatekeeper.finish(pending.token, with: .code(next)) {
                            return true
                        }
                        return false
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try check(granted == 1, "one is granted, not \(granted)")
            return "one was let in, seven were not"
        }
        // The seven counted as failures; an administrator starts the count anew.
        _ = try await gatekeeper.unlock("alice")
    }

    private func recover(_ token: inout SessionToken) async throws {
        let session = token
        var new: SessionToken?
        try await step("She makes recovery codes and uses one") {
            guard case .fresh(let fresh) = try await gatekeeper.freshAuthentication(of: session),
                case .done(let made) = try await gatekeeper.generateRecoveryCodes(fresh)
            else { throw Unexpected(description: "expected: ten codes") }
            let code = made.codes[0].revealed()
            let first = try await gatekeeper.finish(pending().token, with: .code(code))
            let second = try await gatekeeper.finish(pending().token, with: .code(code))
            guard case .granted = first, case .denied = second else {
                throw Unexpected(description: "expected: once")
            }
            new = made.signedIn.token
            let left = try await gatekeeper.remainingRecoveryCodes(of: made.signedIn.token) ?? -1
            try check(left == 9, "nine are left")
            return "\(code) worked once, not twice; \(left) are left"
        }
        guard let new else { throw ExitCode(1) }
        token = new
    }

    private func manageSessions(_ token: SessionToken) async throws {
        try await step("She ends her other sessions") {
            let before = try await gatekeeper.sessions(of: token)?.count ?? 0
            let ended = try await gatekeeper.revoke(token, .others) ?? 0
            let after = try await gatekeeper.sessions(of: token)?.count ?? 0
            try check(after == 1 && ended == before - 1, "one is left")
            return "\(ended) of \(before) ended at once"
        }
    }

    private func rememberDevice(_ token: SessionToken, _ totp: TOTP) async throws -> DeviceToken {
        var device: DeviceToken?
        try await step("She has her browser remembered") {
            clock.skip(.seconds(60))
            let code = totp.code(at: clock.now())
            guard
                case .granted(let signedIn) = try await gatekeeper.reauthenticate(
                    token, password: Password(Self.password), code: code),
                case .fresh(let fresh) = try await gatekeeper.freshAuthentication(of: signedIn.token),
                case .done(let token) = try await gatekeeper.rememberDevice(fresh, label: "laptop")
            else { throw Unexpected(description: "expected: remembered") }
            device = token
            return "after showing her password and a code again"
        }
        guard let device else { throw ExitCode(1) }
        return device
    }

    private func readTheBooks() async throws {
        try await step("All of it is recorded, in a chain that shows every change") {
            let verdict = try await gatekeeper.auditReader.verify()
            try check(verdict.isIntact && verdict.entries > 50, "a whole chain")
            guard
                let victim = try await store.scan(after: nil, limit: 1000).first(where: { $0.key.kind == .auditEntries }
                )
            else { throw Unexpected(description: "expected: records") }
            _ = try await store.commit(
                CommitID(from: SystemRandomSource()), [.remove(victim.key, at: victim.version)], at: clock.now())
            let fault = try await gatekeeper.auditReader.verify().faults.first
            try check(fault != nil, "the missing record is found")
            return "\(verdict.entries) events; one deleted from the store is found: \(fault.map { "\($0)" } ?? "")"
        }
    }

    private func lockOut(_ device: DeviceToken) async throws {
        try await step("Forty guesses at once get five tries") {
            let outcomes = try await withThrowingTaskGroup(of: Duration?.self) { group in
                for guess in 0..<40 {
                    group.addTask {
                        guard case .denied(let denial) = try await signIn("wrong guess number \(guess)") else {
                            throw Unexpected(description: "expected: denied")
                        }
                        return denial.retryAfter
                    }
                }
                return try await group.reduce(into: [Duration?]()) { $0.append($1) }
            }
            let status = try await gatekeeper.status(of: "alice")
            try check(status?.factors.first?.failures == 5, "five failures")
            return
                "five were verified and wrong, \(outcomes.count - 5) met the lock; "
                + "try again in \(status?.retryAfter?.secondsRoundedUp ?? 0) s"
        }
        try await step("The lock holds for the right password too, and costs no hash") {
            guard case .denied(let denial) = try await signIn(), denial.retryAfter != nil else {
                throw Unexpected(description: "expected: locked")
            }
            return "denied"
        }
        try await step("Her own browser is not locked out by that") {
            let outcome = try await gatekeeper.signIn("alice", password: Password(Self.password), device: device)
            guard case .pending = outcome else { throw Unexpected(description: "expected: a code is asked for") }
            return "her password was right"
        }
        try await step("After the lock she is let in again") {
            clock.skip(.seconds(31))
            _ = try await pending()
            return "her password was right"
        }
    }
}
#endif
