// SPDX-License-Identifier: Apache-2.0

import Doorward
@_spi(Testing) import DoorwardPasswords
import DoorwardTesting
import Testing

/// Keys are exchanged while two services run on one store and one key file, and nobody notices.
@Suite(.timeLimit(.minutes(15))) struct KeyRotationTests {
    typealias Retire = @Sendable (Gatekeeper, KeyID) async throws -> KeyRetirement

    static let honest: Retire = { gatekeeper, id in try await gatekeeper.retireKey(id) }

    /// Somebody with an account: signs in, changes the password, enrols, uses up recovery codes.
    final actor User {
        let name: String
        private var password: String
        private var authenticator: VirtualAuthenticator?
        private var codes: [RecoveryCode] = []
        private var round = 0
        private let clock: ManualClock

        init(_ number: Int, clock: ManualClock) {
            name = "user\(number)"
            password = "a quiet river at dawn"
            round = number
            self.clock = clock
        }

        func register(at gatekeeper: Gatekeeper) async throws {
            guard case .registered = try await gatekeeper.register(name, password: Password(password)) else {
                throw Broken("\(name) was not registered")
            }
        }

        /// A sign-in with whatever the account has, and something else now and then.
        func act(at gatekeeper: Gatekeeper) async throws {
            round += 1
            var signedIn = try await signIn(at: gatekeeper)
            switch round % 8 {
            case 1 where authenticator == nil:
                let fresh = try await fresh(signedIn.token, at: gatekeeper)
                let device = VirtualAuthenticator(try await gatekeeper.beginEnrollment(fresh).done())
                signedIn = try await gatekeeper.confirm(
                    signedIn.token, device.id, code: device.code(at: clock.now())
                ).done()
                authenticator = device
                let made = try await gatekeeper.generateRecoveryCodes(
                    self.fresh(signedIn.token, at: gatekeeper)
                ).done()
                codes = made.codes
                signedIn = made.signedIn
            case 3, 6:
                let fresh = try await fresh(signedIn.token, at: gatekeeper)
                let next = "a quiet river at dawn, \(round)"
                signedIn = try await gatekeeper.changePassword(
                    fresh, current: Password(password), to: Password(next)
                ).done()
                password = next
            default: break
            }
            try hold(try await gatekeeper.session(for: signedIn.token) != nil, "no session")
        }

        private func signIn(at gatekeeper: Gatekeeper) async throws -> SignedIn {
            let outcome = try await gatekeeper.signIn(name, password: Password(password))
            guard let authenticator else { return try outcome.granted() }
            let pending = try outcome.pending()
            let code: String
            if round % 5 == 0, let spare = codes.popLast() {
                code = spare.revealed()
            } else {
                code = authenticator.code(at: clock.now())
            }
            return try await gatekeeper.finish(pending.token, with: .code(code)).granted()
        }

        private func fresh(_ token: SessionToken, at gatekeeper: Gatekeeper) async throws -> FreshAuthentication {
            guard case .fresh(let fresh) = try await gatekeeper.freshAuthentication(of: token) else {
                throw Broken("not fresh")
            }
            return fresh
        }
    }

    /// - Returns: How many sign-ins there were.
    static func rotate(_ choice: StoreChoice, users count: Int, retire: @escaping Retire = honest) async throws -> Int {
        let (clock, folder) = (ManualClock(), try TemporaryFolder())
        let place = try await choice.makePlace()
        let store = try await place.open(clock: clock)
        let pool = HashingPool(.init(threads: 2, queueLength: 1000, deadline: .seconds(120)))
        var configuration = GatekeeperConfiguration(hashingPool: pool)
        configuration.argon2 = .insecureForTesting
        configuration.passwordHistory = 2
        var gatekeepers: [Gatekeeper] = []
        for _ in 0..<2 {
            let environment = try await AuthEnvironment.open(
                store: store, keys: .file(folder.path + "/keys"), clock: clock, retry: .patient)
            gatekeepers.append(Gatekeeper(environment, configuration: configuration))
        }
        let (first, second) = (gatekeepers[0], gatekeepers[1])
        let users = (0..<count).map { User($0, clock: clock) }
        let sleeper = User(1000, clock: clock)
        for user in users + [sleeper] { try await user.register(at: first) }
        var signIns = 0

        func everybodyActs(beside work: @escaping @Sendable () async throws -> Void = {}) async throws {
            clock.advance(by: .seconds(90))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await work() }
                for (number, user) in users.enumerated() {
                    let gatekeeper = gatekeepers[(number + signIns) % 2]
                    group.addTask { try await user.act(at: gatekeeper) }
                }
                try await group.waitForAll()
            }
            signIns += count
        }

        for _ in 0..<2 {
            let old = first.environment.keys.active
            try await everybodyActs()
            let (new, activeFrom) = try await first.addKey()
            try hold(activeFrom == clock.now().advanced(by: KeyRotation.lead), "the new key comes at another time")
            try hold(try await first.addKey().id == new, "a second key was added before the first was used")
            while clock.now() < activeFrom {
                try await everybodyActs()
                let isActive = clock.now() >= activeFrom
                try hold(first.environment.keys.active == (isActive ? new : old), "a key was used at another time")
            }
            try await everybodyActs(beside: { _ = try await second.renewKeys() })
            if case .retired = try await retire(first, old) {
                // Not yet: the other service may have read its keys minutes ago.
                try await everybodyActs()
                throw Broken("a key was retired that may still be used")
            }
            // Everybody comes by, but for one; then the key is not needed but by that one.
            for _ in 0..<4 { try await everybodyActs() }
            _ = try await second.renewKeys()
            guard case .inUse(let usage) = try await retire(first, old) else {
                throw Broken("a key was retired that a password needs")
            }
            try hold(usage.total == 1 && usage.passwords == 1, "the old key is still needed: \(usage)")
            try await sleeper.act(at: second)
            let last = try await retire(first, old)
            try hold(last == .retired, "the old key was not retired: \(last)")
            try await everybodyActs()
            try hold(first.keys.map(\.id) == [new] && second.keys.map(\.id) == [new], "the old key is still there")
        }
        try await sleeper.act(at: first)
        return signIns
    }

    @Test(arguments: StoreChoice.allCases)
    func everyKeyIsExchangedTwiceUnderTrafficWithoutAFailure(_ choice: StoreChoice) async throws {
        let signIns = try await Self.rotate(choice, users: 50)
        #expect(signIns >= 1000)
    }

    @Test(arguments: StoreChoice.allCases)
    func removingAKeyThatIsStillNeededWouldBeCaught(_ choice: StoreChoice) async throws {
        await expectCaught(by: "unavailable", "retired that may still be used") {
            _ = try await Self.rotate(choice, users: 4) { gatekeeper, id in
                // The planted fault: nobody looks what needs it.
                _ = try gatekeeper.environment.keyFile().update(random: SystemRandomSource()) { $0.removing(id) }
                return .retired
            }
        }
    }

    @Test func theActiveKeyAndOnesNobodyHasAreNotRetired() async throws {
        let (clock, folder) = (ManualClock(), try TemporaryFolder())
        let environment = try await AuthEnvironment.open(
            store: InMemoryStore(), keys: .file(folder.path + "/keys"), clock: clock)
        let gatekeeper = Gatekeeper(environment)
        let id = try unwrap(gatekeeper.keys.first?.id)
        #expect(try await gatekeeper.retireKey(id) == .active)
        #expect(try await gatekeeper.retireKey(unwrap(KeyID(bytes: [UInt8](repeating: 0, count: 8)))) == .notFound)
        let new = try await gatekeeper.addKey(atOnce: true).id
        #expect(environment.keys.active == new)
        guard case .tooEarly = try await gatekeeper.retireKey(id) else { throw Broken("retired at once") }
        clock.advance(by: KeyRotation.lead)
        guard case .inUse(let usage) = try await gatekeeper.retireKey(id), usage.isStoreKey, usage.total == 1 else {
            throw Broken("retired although the store needs it")
        }
        #expect(try await gatekeeper.renewKeys() == 1)
        #expect(try await gatekeeper.retireKey(id) == .retired)
        // A key that a wrong clock has put decades ahead does not bar the way.
        clock.advance(by: .seconds(1_000_000_000))
        let bogus = try await gatekeeper.addKey().id
        clock.advance(by: .seconds(-1_000_000_000))
        #expect(gatekeeper.keys.last?.state == .coming)
        #expect(try await gatekeeper.retireKey(bogus) == .retired)
        // A store that is opened anew knows its ring by the key that is left.
        _ = try await AuthEnvironment.open(store: environment.store, keys: .file(folder.path + "/keys"), clock: clock)
    }
}
