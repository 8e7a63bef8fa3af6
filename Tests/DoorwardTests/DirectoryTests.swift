// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Synchronization
import Testing

/// Services that keep names in a table of their own.
@Suite(.timeLimit(.minutes(5))) struct DirectoryTests {
    final class Table: AccountDirectory {
        private let state = Mutex((entries: [String: DirectoryEntry](), questions: 0, isDown: false))

        func set(_ name: String, _ entry: DirectoryEntry?) { state.withLock { $0.entries[name] = entry } }
        func setDown(_ isDown: Bool) { state.withLock { $0.isDown = isDown } }
        func takeQuestions() -> Int {
            state.withLock { state in
                defer { state.questions = 0 }
                return state.questions
            }
        }

        func find(_ name: LoginName) async throws -> DirectoryEntry? {
            try state.withLock { state in
                state.questions += 1
                guard !state.isDown else { throw Broken("the table is down") }
                return state.entries[name.text]
            }
        }

        func words(of account: AccountID) async throws -> [String] {
            state.withLock { state in state.entries.filter { $0.value.account == account }.map(\.key) }
        }
    }

    private let table = Table()
    private let alice = AccountID(bytes: Array("user 1".utf8))

    private func gatekeeper(_ stage: Stage) -> Gatekeeper {
        var configuration = stage.gatekeeper.configuration
        configuration.directory = table
        return Gatekeeper(stage.environment, configuration: configuration)
    }

    private func stored(_ stage: Stage) async throws -> StoredHash? {
        let account = try unwrap(alice)
        let partition = stage.environment.partition(.account, account.bytes)
        return try await stage.environment.read(
            [RecordKey(.passwords, in: partition, id: .only)], in: partition
        ).load(PasswordRecord.self)?.hash
    }

    @Test(arguments: StoreChoice.allCases)
    func aHashOfTheTableSignsInAndIsOursFromThenOn(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let gatekeeper = gatekeeper(stage)
        let account = try unwrap(alice)
        table.set("alice", DirectoryEntry(account: account, passwordHash: try Stage.oldHash(of: Stage.password)))
        _ = try await gatekeeper.signIn("alice", password: Password(Stage.otherPassword)).denied()
        #expect(try await stored(stage) == nil)
        #expect(table.takeQuestions() == 1)
        let signedIn = try await gatekeeper.signIn("ALICE", password: Password(Stage.password)).granted()
        #expect(signedIn.session.account == account)
        #expect(try await gatekeeper.session(for: signedIn.token)?.account == account)
        #expect(table.takeQuestions() == 1)
        guard case .own = try await stored(stage) else { throw Broken("the hash was not made anew") }
        // From now on the table's hash counts no more, whatever becomes of it.
        table.set("alice", DirectoryEntry(account: account, passwordHash: try Stage.oldHash(of: Stage.otherPassword)))
        _ = try await gatekeeper.signIn("alice", password: Password(Stage.otherPassword)).denied()
        _ = try await gatekeeper.signIn("alice", password: Password(Stage.password)).granted()
    }

    @Test(arguments: StoreChoice.allCases)
    func parallelFirstSignInsAreAllGranted(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice, deadline: .seconds(60))
        let gatekeeper = gatekeeper(stage)
        table.set(
            "alice",
            DirectoryEntry(account: try unwrap(alice), passwordHash: try Stage.oldHash(of: Stage.password)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<12 {
                group.addTask { _ = try await gatekeeper.signIn("alice", password: Password(Stage.password)).granted() }
            }
            try await group.waitForAll()
        }
    }

    @Test func whoeverIsInactiveOrUnknownIsDenied() async throws {
        let stage = try await Stage()
        let gatekeeper = gatekeeper(stage)
        let account = try unwrap(alice)
        var entry = DirectoryEntry(account: account, passwordHash: try Stage.oldHash(of: Stage.password))
        entry.isActive = false
        table.set("alice", entry)
        _ = try await gatekeeper.signIn("alice", password: Password(Stage.password)).denied()
        #expect(stage.events.events.last?.reason?.rawValue == "account_disabled")
        _ = try await gatekeeper.signIn("bob", password: Password(Stage.password)).denied()
        entry.isActive = true
        table.set("alice", entry)
        let signedIn = try await gatekeeper.signIn("alice", password: Password(Stage.password)).granted()
        // Deactivating ends what is open where it is done here too.
        #expect(try await gatekeeper.disable("alice")?.isDisabled == true)
        #expect(try await gatekeeper.session(for: signedIn.token) == nil)
        _ = try await gatekeeper.signIn("alice", password: Password(Stage.password)).denied()
    }

    @Test(arguments: StoreChoice.allCases)
    func thePasswordOfTheTableNeverComesBackOnceThereWasOneHere(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice, requiresSecondFactor: true)
        let gatekeeper = gatekeeper(stage)
        table.set(
            "alice",
            DirectoryEntry(
                account: try unwrap(alice), passwordHash: try Stage.oldHash(of: Stage.password),
                address: "alice@example.org"))
        let pending = try await gatekeeper.signIn("alice", password: Password(Stage.password)).pending()
        let device = VirtualAuthenticator(try await gatekeeper.beginEnrollment(pending.token).done())
        let answer = PendingAnswer.enrollment(device.id, code: device.code(at: stage.clock.now()))
        _ = try await gatekeeper.finish(pending.token, with: answer).granted()
        // The last device takes the password along; what the table still holds is not let in instead.
        #expect(try await gatekeeper.removeAuthenticator(device.id, of: "alice") == true)
        _ = try await gatekeeper.signIn("alice", password: Password(Stage.password)).denied()
    }

    @Test func fiveWrongGuessesLockAnAccountThatHasNeverSignedIn() async throws {
        let stage = try await Stage()
        let gatekeeper = gatekeeper(stage)
        table.set(
            "alice",
            DirectoryEntry(account: try unwrap(alice), passwordHash: try Stage.oldHash(of: Stage.password)))
        for name in ["alice", "nobody"] {
            for _ in 0..<5 { _ = try await gatekeeper.signIn(name, password: Password(Stage.otherPassword)) }
            let before = stage.hashes.count
            #expect(
                try await gatekeeper.signIn(name, password: Password(Stage.password)).denied().retryAfter != nil)
            #expect(stage.hashes.count == before)
        }
    }

    @Test func aTableThatGivesNoAnswerIsUnavailableAndCountsNothing() async throws {
        let stage = try await Stage()
        let gatekeeper = gatekeeper(stage)
        table.set(
            "alice",
            DirectoryEntry(account: try unwrap(alice), passwordHash: try Stage.oldHash(of: Stage.password)))
        table.setDown(true)
        for _ in 0..<10 {
            await #expect(throws: GatekeeperError.self) {
                _ = try await gatekeeper.signIn("alice", password: Password(Stage.otherPassword))
            }
        }
        table.setDown(false)
        _ = try await gatekeeper.signIn("alice", password: Password(Stage.password)).granted()
    }

    @Test(arguments: StoreChoice.allCases)
    func aFirstPasswordIsSetOnceAndNeverOverAnother(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let gatekeeper = gatekeeper(stage)
        let entry = DirectoryEntry(account: try unwrap(alice))
        table.set("alice", entry)
        _ = try await gatekeeper.signIn("alice", password: Password(Stage.password)).denied()
        // Its own name is no password.
        guard case .refused = try await gatekeeper.setFirstPassword(Password("alice-alice-alice"), of: entry) else {
            throw Broken("the account's name was taken for a password")
        }
        let done = try await withThrowingTaskGroup(of: Bool.self) { group in
            for password in [Stage.password, Stage.otherPassword] {
                group.addTask {
                    if case .done = try await gatekeeper.setFirstPassword(Password(password), of: entry) {
                        true
                    } else {
                        false
                    }
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(done == 1)
        var imported = entry
        imported.account = try unwrap(AccountID(bytes: [2]))
        imported.passwordHash = try Stage.oldHash(of: Stage.password)
        guard
            case .refused(let why) = try await gatekeeper.setFirstPassword(Password(Stage.otherPassword), of: imported)
        else { throw Broken("a password of the table was replaced") }
        #expect(why.map(\.code) == ["password.exists"])
    }
}
