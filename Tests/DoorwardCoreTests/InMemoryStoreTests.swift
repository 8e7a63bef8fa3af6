// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardTesting
import Testing

@Suite(.timeLimit(.minutes(10))) struct InMemoryStoreTests {
    @Test(arguments: StoreConformanceCheck.all)
    func conforms(to check: StoreConformanceCheck) async throws {
        try await check.run { StoreUnderTest(InMemoryStore()) }
    }

    /// Short values are kept in place, longer ones apart.
    @Test(arguments: [0, 1, 95, 96, 97, 255, 256, 65_536])
    func valuesOfAnyLengthComeBackWhole(_ length: Int) async throws {
        let store = InMemoryStore()
        let partition = try #require(Partition(bytes: [UInt8](repeating: 1, count: 16)))
        let key = RecordKey(RecordKind(code: 2000), in: partition, id: .only)
        let value = SystemRandomSource().bytes(length)
        let now = Timestamp(seconds: 1)
        let version = CommitID(from: SystemRandomSource())
        _ = try await store.commit(version, [.create(key, value: value, expiresAt: nil)], at: now)
        #expect(try await store.read(key, at: now)?.value == value)
        #expect(try await store.scan(after: nil, limit: 10).map(\.value) == [value])
        let shorter = Array(value.dropLast())
        _ = try await store.commit(
            CommitID(from: SystemRandomSource()), [.replace(key, at: version, value: shorter, expiresAt: nil)], at: now)
        #expect(try await store.read(key, at: now)?.value == shorter)
    }
}
