// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Testing

/// P3, sessions.
@Suite(.timeLimit(.minutes(10))) struct SessionPromiseTests {
    @Test(arguments: StoreChoice.allCases)
    func aTokenThatWasNotIssuedIsNeverAdopted(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        let signedIn = try await stage.signedIn()
        let before = try await stage.store.scan(after: nil, limit: 1000)
        let token = signedIn.token.revealed()
        // Forged spellings, a well-formed token that nobody issued, and the stored hash in a token's clothes.
        let unissued = SessionToken(
            bearer: BearerToken(issuingIn: signedIn.token.bearer.partition, random: stage.random))
        let partition = signedIn.token.bearer.partition.bytes
        let stored = SessionTokenKind.prefix + Base64.urlSafe.encode(partition + signedIn.token.bearer.recordID.bytes)
        var forged = [
            unissued.revealed(), stored, "", "dws_", token + "A", " " + token, token.lowercased(), token + "\n",
        ]
        forged += [
            String(token.dropLast()), token.replacing("dws_", with: "dwp_"), String(repeating: "x", count: 100_000),
        ]
        for text in forged {
            #expect(try await stage.gatekeeper.session(for: text) == nil)
        }
        let after = try await stage.store.scan(after: nil, limit: 1000)
        #expect(before == after)
    }

    @Test(arguments: StoreChoice.allCases)
    func noTokenIsInADumpOfTheStore(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let (token, _) = try await stage.enrolled()
        let pending = try await stage.signIn().pending()
        for text in [token.revealed(), pending.token.revealed()] {
            let random = try #require(Base64.urlSafe.decode(text.dropFirst(4))).suffix(32)
            for record in try await stage.store.scan(after: nil, limit: 1000) {
                #expect(!contains(record.value + record.key.id.bytes, Array(random)))
                #expect(!contains(record.value, Array(text.utf8)))
            }
        }
    }

    /// A store that answers with somebody else's record, or with none.
    private struct MixedUpStore: StoreWrapper {
        let base: any AuthStore
        let asked: RecordKey
        let answered: RecordKey?

        func read(_ keys: [RecordKey], at now: Timestamp) async throws(StoreError) -> [StoredRecord?] {
            guard keys == [asked] else { return try await base.read(keys, at: now) }
            guard let answered else { return [] }
            return try await base.read([answered], at: now)
        }
    }

    /// The same, from a read of one that is its own.
    private struct MixedUpAloneStore: StoreWrapper {
        let base: any AuthStore
        let asked: RecordKey
        let answered: RecordKey

        func read(_ key: RecordKey, at now: Timestamp) async throws(StoreError) -> StoredRecord? {
            try await base.read(key == asked ? answered : key, at: now)
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func anAnswerToAnotherQuestionIsNoSessionAndNoRefusal(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register("alice")
        _ = try await stage.register("bob")
        let (alice, bob) = (try await stage.signedIn("alice").token, try await stage.signedIn("bob").token)
        func key(_ token: SessionToken) -> RecordKey {
            RecordKey(.sessions, in: token.bearer.partition, id: token.bearer.recordID)
        }
        let mixUps: [(any AuthStore) -> any AuthStore] = [
            { MixedUpStore(base: $0, asked: key(alice), answered: key(bob)) },
            { MixedUpStore(base: $0, asked: key(alice), answered: nil) },
            { MixedUpAloneStore(base: $0, asked: key(alice), answered: key(bob)) },
        ]
        for mixUp in mixUps {
            let gatekeeper = Gatekeeper(
                try await stage.reopened(mixUp), configuration: stage.gatekeeper.configuration)
            let error = await #expect(throws: GatekeeperError.self) {
                try await gatekeeper.session(for: alice.revealed())
            }
            #expect(error?.code == .unavailable)
            #expect(try await gatekeeper.session(for: bob.revealed()) != nil)
        }
    }

    /// After each rise in privilege, the old token is dead, also for those who were checking all the while.
    static func rises(_ choice: StoreChoice, wrap: (any AuthStore) -> any AuthStore = { $0 }) async throws {
        let stage = try await Stage(choice)
        let gatekeeper = Gatekeeper(try await stage.reopened(wrap), configuration: stage.gatekeeper.configuration)
        _ = try await stage.register()
        var current = try await stage.signedIn().token
        var device: VirtualAuthenticator?
        let password = Password(Stage.password)
        for rise in ["regenerate", "confirm", "reauthenticate", "change", "recovery", "remove"] {
            let old = current
            stage.clock.advance(by: .seconds(30))
            current = try await withThrowingTaskGroup(of: Void.self) { group in
                // Nobody who asks again after the change may see it alive.
                group.addTask {
                    while try await gatekeeper.session(for: old) != nil, !Task.isCancelled { await Task.yield() }
                }
                let new: SignedIn
                switch rise {
                case "regenerate": new = try unwrap(try await gatekeeper.regenerate(old))
                case "confirm":
                    let enrollment = try await gatekeeper.beginEnrollment(stage.fresh(old)).done()
                    device = VirtualAuthenticator(enrollment)
                    new = try await gatekeeper.confirm(
                        old, enrollment.authenticator.id, code: unwrap(device).code(at: stage.clock.now())
                    ).done()
                case "reauthenticate":
                    let code = try unwrap(device).code(at: stage.clock.now())
                    guard
                        case .granted(let signedIn) = try await gatekeeper.reauthenticate(
                            old, password: password, code: code)
                    else { throw Broken("not granted") }
                    new = signedIn
                case "change":
                    new = try await gatekeeper.changePassword(
                        stage.fresh(old), current: password, to: Password(Stage.otherPassword)
                    ).done()
                case "recovery":
                    new = try await gatekeeper.generateRecoveryCodes(stage.fresh(old)).done().signedIn
                default: new = try await gatekeeper.removeAuthenticator(stage.fresh(old), unwrap(device).id).done()
                }
                let dead = try await gatekeeper.session(for: old)
                group.cancelAll()
                try await group.waitForAll()
                try hold(dead == nil, "\(rise) left the old token alive")
                let alive = try await gatekeeper.session(for: new.token)
                try hold(alive?.id == new.session.id, "\(rise) gave a dead token")
                return new.token
            }
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func everyRiseInPrivilegeKillsTheOldToken(_ choice: StoreChoice) async throws { try await Self.rises(choice) }

    @Test(arguments: StoreChoice.allCases)
    func regeneratingWithoutRemovingWouldBeCaught(_ choice: StoreChoice) async throws {
        await expectCaught(by: "left the old token alive") {
            try await Self.rises(choice) { BrokenStore(.keepsRemoved, on: $0) }
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func aSessionRevokedOnOneNodeIsDeadOnAnother(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        let (mine, theirs) = (try await stage.signedIn(), try await stage.signedIn())
        let other = stage.another()
        #expect(try await other.session(for: theirs.token) != nil)
        #expect(try await stage.gatekeeper.revoke(mine.token, .one(theirs.session.id)) == 1)
        #expect(try await other.session(for: theirs.token) == nil)
        #expect(try await stage.gatekeeper.revoke(mine.token, .one(theirs.session.id)) == 0)
        // Nobody ends what is somebody else's.
        _ = try await stage.register("bob")
        let bob = try await stage.signedIn("bob")
        #expect(try await stage.gatekeeper.revoke(bob.token, .one(mine.session.id)) == 0)
        #expect(try await other.session(for: mine.token) != nil)
        let third = try await stage.signedIn()
        #expect(try await stage.gatekeeper.sessions(of: mine.token)?.map(\.id) == [mine.session.id, third.session.id])
        #expect(try await stage.gatekeeper.revoke(mine.token, .others) == 1)
        #expect(try await stage.gatekeeper.revoke(mine.token, .all) == 1)
        #expect(try await stage.gatekeeper.revoke(mine.token, .all) == nil)
    }

    @Test(arguments: StoreChoice.allCases)
    func aTouchNeverBringsARevokedSessionBack(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let service = SessionService(stage.environment)
        let account = AccountID(from: stage.random)
        for _ in 0..<1000 {
            let signedIn = try #require(try await service.issue(to: account, methods: [.password]))
            stage.clock.advance(by: .seconds(61))  // so that the next check writes last-seen
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await service.check(signedIn.token) }
                group.addTask { try await service.revoke(signedIn.token) }
                try await group.waitForAll()
            }
            #expect(try await service.check(signedIn.token) == nil)
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func sessionsEndAtTheirLimitsToTheMillisecond(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let service = SessionService(stage.environment)
        let account = AccountID(from: stage.random)
        for (methods, limits) in [
            ([AuthenticationMethod.password], SessionPolicy.aal1),
            ([.password, .oneTimePassword], SessionPolicy.aal2),
        ] {
            // Idle.
            let idle = try #require(try await service.issue(to: account, methods: methods))
            stage.clock.advance(by: limits.idle - .milliseconds(1))
            #expect(try await service.list(of: account).count == 1)
            stage.clock.advance(by: .milliseconds(1))
            #expect(try await service.check(idle.token) == nil)
            // The whole life, in use all the time.
            let used = try #require(try await service.issue(to: account, methods: methods))
            let end = used.session.createdAt.advanced(by: limits.absolute)
            while stage.clock.now().advanced(by: limits.idle / 2) < end {
                stage.clock.advance(by: limits.idle / 2)
                #expect(try await service.check(used.token) != nil)
            }
            stage.clock.set(end.advanced(by: .milliseconds(-1)))
            #expect(try await service.check(used.token) != nil)
            stage.clock.set(end)
            #expect(try await service.check(used.token) == nil)
        }
    }

    /// A clock that ran ahead for a while must not leave sessions that nothing ends.
    @Test(arguments: StoreChoice.allCases)
    func afterAClockThatRanAheadEverySessionCanStillBeEnded(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.register()
        let before = try await stage.signedIn()
        let present = stage.clock.now()
        stage.clock.advance(by: .seconds(400 * 86_400))
        let ahead = try await stage.signedIn()
        _ = ahead
        // All seats look expired to whoever disables the account now.
        stage.clock.advance(by: .seconds(400 * 86_400))
        _ = try await stage.gatekeeper.disable("alice")
        stage.clock.set(present.advanced(by: .seconds(60)))
        #expect(try await stage.gatekeeper.session(for: ahead.token) == nil)
        #expect(try await stage.gatekeeper.session(for: before.token) == nil)
        let rest = try await stage.store.scan(after: nil, limit: 1000).count { $0.key.kind == .sessions }
        #expect(rest == 0)
    }

    @Test(arguments: StoreChoice.allCases)
    func theCapHoldsUnderParallelSignInsAndTheOldestGo(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice, deadline: .seconds(120))
        _ = try await stage.register()
        let first = try await stage.signedIn()
        stage.clock.advance(by: .seconds(1))
        let outcomes = try await inParallel(64) { _ in try await stage.signIn() }
        #expect(outcomes.areGranted)
        #expect(try await stage.gatekeeper.session(for: first.token) == nil)
        let live = try await stage.store.scan(after: nil, limit: 1000).count { $0.key.kind == .sessions }
        #expect(live == SessionPolicy.seats)
    }

    @Test(arguments: StoreChoice.allCases)
    func tenPendingSignInsLiveAndEachForTenMinutes(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let (_, device) = try await stage.enrolled()
        var pendings: [PendingSignIn] = []
        for _ in 0..<12 { pendings.append(try await stage.signIn().pending()) }
        let live = try await stage.store.scan(after: nil, limit: 1000).count { $0.key.kind == .pendingSignIns }
        #expect(live == 10)
        func finish(_ index: Int) async throws -> Bool {
            try await stage.gatekeeper.finish(
                pendings[index].token, with: .code(device.code(at: stage.clock.now()))
            ).isGranted
        }
        #expect(try await !finish(1))
        #expect(try await finish(2))
        stage.clock.advance(by: .seconds(600))
        #expect(try await !finish(3))
    }

    @Test(arguments: StoreChoice.allCases)
    func fiveWrongCodesEndAPendingSignIn(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let (_, device) = try await stage.enrolled()
        let pending = try await stage.signIn().pending()
        for _ in 0..<5 {
            let wrong = device.wrongCode(at: stage.clock.now())
            #expect(try await stage.gatekeeper.finish(pending.token, with: .code(wrong)).isDenied)
        }
        stage.clock.advance(by: .seconds(60))
        let code = device.code(at: stage.clock.now())
        #expect(try await stage.gatekeeper.finish(pending.token, with: .code(code)).isDenied)
        let fresh = try await stage.signIn().pending()
        #expect(try await stage.gatekeeper.finish(fresh.token, with: .code(code)).isGranted)
    }

    private func contains(_ haystack: [UInt8], _ needle: [UInt8]) -> Bool {
        haystack.count >= needle.count
            && (0...(haystack.count - needle.count)).contains { haystack[$0...].starts(with: needle) }
    }
}
