// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardTesting
import Testing

@Suite struct StoreIdentityTests {
    @Test func ownersOfDifferentKindsShareNoPartition() async throws {
        let environment = try await AuthEnvironment.open(store: InMemoryStore(), keys: .ring(KeyRing()))
        let account = try #require(AccountID(bytes: [1, 2, 3]))
        let kinds: [AuthEnvironment.Owner] = [.account, .name, .address, .audit]
        #expect(Set(kinds.map { environment.partition($0, account.bytes) }).count == kinds.count)
        #expect(environment.partition(of: account) == environment.partition(.account, account.bytes))
        // The kind is told from the owner's own bytes.
        #expect(environment.partition(.account, [2, 1]) != environment.partition(.name, [1]))
        // Another store has other places.
        let other = try await AuthEnvironment.open(store: InMemoryStore(), keys: .ring(KeyRing()))
        #expect(other.partition(of: account) != environment.partition(of: account))
    }

    /// In one whose records are in other places nobody would be known: everybody's name could be taken.
    @Test func aStoreOfAnotherVersionIsRefused() async throws {
        let (store, ring) = (InMemoryStore(), KeyRing())
        _ = try await AuthEnvironment.open(store: store, keys: .ring(ring))
        let now = SystemWallClock().now()
        let record = try #require(try await store.scan(after: nil, limit: 1).first)
        var reader = CBORReader(record.value)
        try reader.array(count: 3)
        #expect(try reader.unsigned() == 2)
        for version: UInt64 in [1, 3] {
            var writer = CBORWriter()
            writer.array(count: 3)
            writer.unsigned(version)
            let current = try #require(try await store.read(record.key, at: now)).version
            _ = try await store.commit(
                CommitID(from: SystemRandomSource()),
                [
                    .replace(
                        record.key, at: current, value: writer.bytes + record.value[writer.bytes.count...],
                        expiresAt: nil)
                ], at: now)
            let error = await #expect(throws: StoreError(.unavailable, "")) {
                _ = try await AuthEnvironment.open(store: store, keys: .ring(ring))
            }
            #expect(error?.reason.contains("another version") == true)
        }
    }
}
