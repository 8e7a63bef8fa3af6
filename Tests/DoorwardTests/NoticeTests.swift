// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Synchronization
import Testing

/// What owners hear of, and nobody else.
@Suite(.timeLimit(.minutes(10))) struct NoticeTests {
    /// Keeps what is told.
    final class Bell: Notifier {
        private let rung = Mutex<[AccountNotice]>([])
        private let fails: Bool
        init(fails: Bool = false) { self.fails = fails }

        func notify(_ notice: AccountNotice) async throws {
            if fails { throw Broken("no mail today") }
            rung.withLock { $0.append(notice) }
        }

        func take(_ gatekeeper: Gatekeeper) async -> [AccountNotice] {
            await gatekeeper.finishSending()
            return rung.withLock { rung in
                defer { rung = [] }
                return rung
            }
        }
    }

    private static func kinds(_ bell: Bell, _ gatekeeper: Gatekeeper) async -> [AccountNotice.Kind] {
        await bell.take(gatekeeper).map(\.kind).sorted { $0.rawValue < $1.rawValue }
    }

    private static func gatekeeper(_ stage: Stage, _ bell: Bell) -> Gatekeeper {
        var configuration = stage.gatekeeper.configuration
        configuration.notifier = bell
        configuration.deviceTrust = .seconds(86_400)
        return Gatekeeper(stage.environment, configuration: configuration)
    }

    @Test(arguments: StoreChoice.allCases)
    func ownersHearOfWhatMayNotHaveBeenThey(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let bell = Bell()
        let gatekeeper = Self.gatekeeper(stage, bell)
        _ = try await stage.register()
        let address = try #require(ClientAddress("2001:db8::7"))
        let first = try await gatekeeper.signIn("alice", password: Password(Stage.password)).granted()
        #expect(await Self.kinds(bell, gatekeeper) == [])
        // Factors.
        let enrollment = try await gatekeeper.beginEnrollment(stage.fresh(first.token)).done()
        let authenticator = VirtualAuthenticator(enrollment)
        let confirmed = try await gatekeeper.confirm(
            first.token, authenticator.id, code: authenticator.code(at: stage.clock.now())
        ).done()
        #expect(await Self.kinds(bell, gatekeeper) == [.authenticatorAdded])
        let codes = try await gatekeeper.generateRecoveryCodes(stage.fresh(confirmed.token)).done()
        #expect(await Self.kinds(bell, gatekeeper) == [.recoveryCodesMade])
        let device = try await gatekeeper.rememberDevice(stage.fresh(codes.signedIn.token), trusting: true).done()
        #expect(await Self.kinds(bell, gatekeeper) == [.deviceTrusted])
        #expect(
            try await gatekeeper.forgetDevices(codes.signedIn.token, DeviceID(String(repeating: "0", count: 32))) == 0)
        #expect(await Self.kinds(bell, gatekeeper) == [])
        // A known device is no news; another one is.
        _ = try await gatekeeper.signIn("alice", password: Password(Stage.password), device: device).granted()
        #expect(await Self.kinds(bell, gatekeeper) == [])
        let pending = try await gatekeeper.signIn("alice", password: Password(Stage.password)).pending()
        let recovered = try await gatekeeper.finish(
            pending.token, with: .code(codes.codes[0].revealed()), from: .address(address)
        ).granted()
        let notices = await bell.take(gatekeeper)
        #expect(Set(notices.map(\.kind)) == [.newDevice, .recoveryCodeUsed])
        #expect(notices.allSatisfy { $0.source == address && $0.name == "alice" && $0.addresses.isEmpty })
        // A success after many failures, from wherever they were.
        for _ in 0..<5 { _ = try await gatekeeper.signIn("alice", password: Password(Stage.otherPassword)) }
        #expect(await Self.kinds(bell, gatekeeper) == [])
        _ = try await gatekeeper.signIn("alice", password: Password(Stage.password), device: device).granted()
        #expect(await Self.kinds(bell, gatekeeper) == [.successAfterFailures])
        // The password, and the last factor.
        let changed = try await gatekeeper.changePassword(
            stage.fresh(recovered.token), current: Password(Stage.password), to: Password(Stage.otherPassword),
            device: device
        ).done()
        #expect(await Self.kinds(bell, gatekeeper) == [.passwordChanged])
        _ = try await gatekeeper.removeAuthenticator(stage.fresh(changed.token), authenticator.id).done()
        #expect(await Self.kinds(bell, gatekeeper) == [.authenticatorRemoved])
    }

    @Test func theFormerAddressHearsOfTheNewOneAndOfTheEnd() async throws {
        let stage = try await Stage()
        let bell = Bell()
        let gatekeeper = Self.gatekeeper(stage, bell)
        try await stage.registeredWithAddress("alice@example.org")
        let token = try await stage.signedIn("alice@example.org").token
        _ = try await gatekeeper.requestAddressConfirmation(stage.fresh(token), "alice@example.net").done()
        let code = try #require(await stage.postbox.take(gatekeeper).first?.code)
        _ = try await gatekeeper.confirmAddress(token, "alice@example.net", code: code.revealed()).done()
        let moved = await bell.take(gatekeeper)
        #expect(moved.map(\.kind) == [.addressChanged])
        #expect(moved.first?.addresses == ["alice@example.net", "alice@example.org"])
        let reset = try await stage.resetToken("alice@example.org")
        _ = try await gatekeeper.resetPassword(reset, to: Password(Stage.otherPassword)).done()
        let changed = await bell.take(gatekeeper)
        #expect(changed.map(\.kind) == [.passwordChanged] && changed.first?.addresses == ["alice@example.net"])
        let last = try await stage.signedIn("alice@example.org", Stage.otherPassword).token
        _ = try await gatekeeper.closeAccount(stage.fresh(last)).done()
        let closed = await bell.take(gatekeeper)
        #expect(closed.map(\.kind) == [.accountClosed] && closed.first?.addresses == ["alice@example.net"])
    }

    @Test func fiveWrongCodesBehindARightPasswordAreTold() async throws {
        let stage = try await Stage()
        let bell = Bell()
        let gatekeeper = Self.gatekeeper(stage, bell)
        let (_, authenticator) = try await stage.enrolled()
        let pending = try await gatekeeper.signIn("alice", password: Password(Stage.password)).pending()
        for _ in 0..<5 {
            #expect(await Self.kinds(bell, gatekeeper) == [])
            _ = try await gatekeeper.finish(
                pending.token, with: .code(authenticator.wrongCode(at: stage.clock.now())))
        }
        #expect(await Self.kinds(bell, gatekeeper) == [.secondFactorFailed])
        let events = stage.events.events
        #expect(events.contains { $0.name == .loginPending && $0.reason?.rawValue == "second_factor" })
    }

    /// A task that outlives a flow, and another service within it, have flows and books of their own.
    @Test func whatASinkOrATableSetsOffIsNoPartOfTheFlow() async throws {
        final class Alarm: SecurityEventSink {
            let gatekeeper = Mutex<Gatekeeper?>(nil)
            let tasks = Mutex<[Task<Void, Never>]>([])
            let gate = AsyncStream<Void>.makeStream()
            func receive(_ event: SecurityEvent) {
                guard event.name == .loginFailed, let gatekeeper = gatekeeper.withLock({ $0 }) else { return }
                let stream = gate.stream
                let task = Task<Void, Never> {
                    for await _ in stream {}  // until the flow is over
                    _ = try? await gatekeeper.disable("alice")
                }
                tasks.withLock { $0.append(task) }
            }
        }
        let alarm = Alarm()
        let stage = try await Stage()
        let environment = try await AuthEnvironment.open(
            store: stage.store, keys: .ring(stage.environment.keys), clock: stage.clock, events: [alarm])
        var configuration = stage.gatekeeper.configuration
        configuration.auditChain = AuditChain("web-1")
        let gatekeeper = Gatekeeper(environment, configuration: configuration)
        alarm.gatekeeper.withLock { $0 = gatekeeper }
        _ = try await stage.register()
        let address = try #require(ClientAddress("192.0.2.1"))
        _ = try await gatekeeper.signIn("alice", password: Password(Stage.otherPassword), from: .address(address))
        alarm.gate.continuation.finish()
        for task in alarm.tasks.withLock({ $0 }) { await task.value }
        let tail = try await gatekeeper.auditReader.tail(10)
        #expect(tail.map(\.event.name) == [.loginFailed, .userChanged])
        #expect(tail.map(\.event.source) == [address, nil])
    }

    @Test func theHundredthFailureIsTold() async throws {
        let stage = try await Stage()
        let bell = Bell()
        let gatekeeper = Self.gatekeeper(stage, bell)
        _ = try await stage.register()
        for name in ["alice", "nobody"] {
            for _ in 0..<100 {
                _ = try await gatekeeper.signIn(name, password: Password(Stage.otherPassword))
                stage.clock.advance(by: .seconds(3600))
            }
        }
        #expect(await Self.kinds(bell, gatekeeper) == [.factorDisabled])
    }

    @Test func aNotifierThatFailsChangesNoAnswerAndIsAnEvent() async throws {
        let stage = try await Stage()
        let gatekeeper = Self.gatekeeper(stage, Bell(fails: true))
        _ = try await stage.register()
        let token = try await stage.signedIn().token
        _ = try await gatekeeper.changePassword(
            stage.fresh(token), current: Password(Stage.password), to: Password(Stage.otherPassword)
        ).done()
        await gatekeeper.finishSending()
        #expect(stage.events.events.contains { $0.name == .messageFailed })
    }

    @Test func aKernelThatIsNotTrustedIsAnEvent() async throws {
        let stage = try await Stage()
        let engine = Argon2Engine("libargon2", rejected: ["avx512"]) { _ throws(HashingError) in [] }
        let configuration = GatekeeperConfiguration(hashingPool: HashingPool(engine: engine))
        _ = Gatekeeper(stage.environment, configuration: configuration)
        #expect(stage.events.events.map { "\($0.name) \($0.reason?.rawValue ?? "")" } == ["sys_kernel_rejected avx512"])
    }

    @Test func guessingOverManyAccountsIsASignalWithItsSource() async throws {
        let stage = try await Stage()
        let address = try #require(ClientAddress("192.0.2.1"))
        for name in 0..<20 {
            _ = try await stage.gatekeeper.signIn(
                "name\(name)", password: Password("Winter2026!"), from: .address(address))
        }
        let events = stage.events.events
        #expect(events.filter { $0.name == .manyAccounts }.map(\.source) == [address])
        #expect(events.count { $0.name == .onePassword } == 1)
        #expect(events.allSatisfy { $0.source == address })
    }
}
