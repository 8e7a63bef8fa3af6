// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardTesting
import Foundation
import Synchronization
import Testing

/// Rings whose keys come from somewhere, again and again.
@Suite(.timeLimit(.minutes(5))) struct KeyRingTests {
    final class Vault: KeyProvider {
        private let state: Mutex<(set: KeySet?, asked: Int)>
        init(_ set: KeySet) { state = Mutex((set, 0)) }

        var asked: Int { state.withLock { $0.asked } }
        func hold(_ set: KeySet?) { state.withLock { $0.set = set } }

        func keys() async throws -> KeySet {
            await Task.yield()
            return try state.withLock { state in
                state.asked += 1
                guard let set = state.set else { throw CocoaError(.fileNoSuchFile) }
                return set
            }
        }
    }

    private let clock = ManualClock()
    private let random = SystemRandomSource()
    private let events = EventRecorder()

    private func open(_ vault: Vault) async throws -> AuthEnvironment {
        try await AuthEnvironment.open(
            store: InMemoryStore(), keys: .provider(vault), clock: clock, events: [events])
    }

    /// Something that any flow does.
    private func use(_ environment: AuthEnvironment) async throws {
        let partition = environment.partition(.account, [1])
        _ = try await environment.read([RecordKey(.accounts, in: partition, id: .only)], in: partition)
    }

    private func next(_ set: KeySet, in duration: Duration) throws -> KeySet {
        try #require(set.adding(activeFrom: clock.now().advanced(by: duration), random: random))
    }

    @Test func aKeyIsUsedFromItsTimeOnAndKnownBefore() async throws {
        let set = KeySet()
        let vault = Vault(set)
        let environment = try await open(vault)
        let old = environment.keys.active
        vault.hold(try next(set, in: KeyRotation.lead))
        clock.advance(by: .seconds(30))
        try await use(environment)
        #expect(environment.keys.set.keys.count == 1 && vault.asked == 1)
        clock.advance(by: .seconds(30))
        try await use(environment)
        #expect(environment.keys.set.keys.count == 2 && vault.asked == 2 && environment.keys.active == old)
        clock.advance(by: KeyRotation.lead)
        try await use(environment)
        #expect(environment.keys.active != old)
    }

    @Test func manyFlowsAtOnceAskOnce() async throws {
        let vault = Vault(KeySet())
        let environment = try await open(vault)
        clock.advance(by: .seconds(86_400))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 { group.addTask { try await use(environment) } }
            try await group.waitForAll()
        }
        #expect(vault.asked <= 4)
    }

    @Test func aVaultThatIsDownIsBorneForAWhileAndThenEverythingIsUnavailable() async throws {
        let set = KeySet()
        let vault = Vault(set)
        let environment = try await open(vault)
        vault.hold(nil)
        clock.advance(by: .seconds(60))
        for _ in 0..<10 { try await use(environment) }
        // Nobody asks a vault that is down at every call.
        #expect(vault.asked == 2)
        #expect(events.events.map(\.name) == [.keysUnavailable])
        clock.advance(by: KeyRotation.patience)
        for _ in 0..<3 { await #expect(throws: StoreError(.unavailable, "")) { try await use(environment) } }
        // It is back, and so are we, without a restart.
        vault.hold(set)
        try await use(environment)
        // A clock that was put back says nothing about the keys' age.
        vault.hold(nil)
        clock.advance(by: .seconds(-3600))
        await #expect(throws: StoreError(.unavailable, "")) { try await use(environment) }
        vault.hold(set)
        try await use(environment)
    }

    @Test func anOldCopyOfTheKeysIsNotTaken() async throws {
        let set = KeySet()
        let vault = Vault(try next(set, in: .seconds(-1)))
        let environment = try await open(vault)
        let active = environment.keys.active
        vault.hold(set)
        clock.advance(by: .seconds(60))
        try await use(environment)
        #expect(environment.keys.active == active && events.events.last?.name == .keysUnavailable)
    }

    @Test func anotherStoresKeysAreNeverTakenOver() async throws {
        let set = KeySet()
        let vault = Vault(set)
        let environment = try await open(vault)
        let mine = environment.keys.active
        vault.hold(KeySet())
        clock.advance(by: .seconds(60))
        try await use(environment)
        #expect(environment.keys.active == mine && events.events.last?.name == .keysUnavailable)
    }

    @Test func aSetIsTheSameAfterItsText() throws {
        let set = try next(try next(KeySet(), in: .seconds(1)), in: .seconds(7))
        let again = try KeySet(parsing: set.revealed())
        #expect(again.keys.map(\.id) == set.keys.map(\.id))
        #expect(again.keys.map(\.activeFrom) == set.keys.map(\.activeFrom))
        #expect(zip(again.keys, set.keys).allSatisfy { $0.material.matches($1.material) })
        #expect("\(set)" == "<redacted>")
        #expect(set.active(at: Timestamp(milliseconds: .min)) == set.keys[0].id)
        #expect(set.active(at: Timestamp(milliseconds: .max)) == set.keys[2].id)
        #expect(set.replacedAt(set.keys[0].id, at: clock.now()) == nil)
        #expect(set.replacedAt(set.keys[1].id, at: Timestamp(milliseconds: .max)) == set.keys[2].activeFrom)
        #expect(set.replacedAt(set.keys[2].id, at: Timestamp(milliseconds: .max)) == nil)
    }

    @Test func theKeysMayBeInAVariable() async throws {
        let name = "DOORWARD_TEST_KEYS_\(UInt64.random(in: 0...UInt64.max))"
        await #expect(throws: StoreError(.unavailable, "")) {
            try await AuthEnvironment.open(store: InMemoryStore(), keys: .variable(name))
        }
    }

    @Test func whoeverChangesAKeyFileAtOnceLosesNoKey() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/keys"
        _ = try await AuthEnvironment.open(store: InMemoryStore(), keys: .file(path))
        await withTaskGroup { group in
            for number in 1...16 {
                group.addTask {
                    _ = await onOwnThread(named: "keys") {
                        try? KeyFile(path: path).update(random: SystemRandomSource()) {
                            $0.adding(activeFrom: Timestamp(seconds: Int64(number)), random: SystemRandomSource())
                        }
                    }
                }
            }
        }
        #expect(try KeyFile(path: path).read()?.keys.count == 17)
        #expect(Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["keys", "keys.lock"])
    }
}
