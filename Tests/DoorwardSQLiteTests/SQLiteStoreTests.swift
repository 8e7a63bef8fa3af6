// SPDX-License-Identifier: Apache-2.0

#if SQLite
import DoorwardCore
import DoorwardSQLite
import DoorwardTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct SQLiteStoreTests {
    @Test(arguments: StoreConformanceCheck.all)
    func conforms(to check: StoreConformanceCheck) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/store.db"
        try await check.run {
            StoreUnderTest(
                try await SQLiteStore(at: path, busyTimeout: .milliseconds(500)), faults: [Self.writesBlocked(path)]
            ) {
                try await SQLiteStore(at: path)
            } elsewhere: {
                try await ProcessStore(
                    ChildProcess.path(beside: "DoorwardTestWorker"), firstLine: "serve sqlite:\(path) - - honest")
            }
        }
    }

    /// Another program holds the write lock.
    private static func writesBlocked(_ path: String) -> StoreFault {
        let lock = Mutex<WriteLock?>(nil)
        return StoreFault(.writesBlocked) {
            let taken = try WriteLock(path: path)
            lock.withLock { $0 = taken }
        } end: {
            lock.withLock { held in
                held?.release()
                held = nil
            }
        }
    }

    @Test(
        .enabled(if: SmallDisk.isPossible, "only root can make a small disk"),
        arguments: StoreConformanceCheck.all.filter { $0.fault == .diskFull })
    func conformsOnADiskThatIsFull(to check: StoreConformanceCheck) async throws {
        let disk = try await SmallDisk(megabytes: 4)
        try await check.run {
            StoreUnderTest(try await SQLiteStore(at: disk.folder + "/store.db"), faults: [disk.fault])
        }
    }

    /// One in five commits is too large for what is left: each such fails by itself, although they shared transactions.
    @Test(.enabled(if: SmallDisk.isPossible, "only root can make a small disk"))
    func inAGroupOnAFullDiskEachCommitFailsForItself() async throws {
        let disk = try await SmallDisk(megabytes: 2)
        let store = try await SQLiteStore(at: disk.folder + "/store.db")
        let partition = try #require(Partition(bytes: [UInt8](repeating: 1, count: 16)))
        let now = Timestamp(seconds: 1)
        @Sendable func key(_ number: Int) throws -> RecordKey {
            RecordKey(RecordKind(code: 2000), in: partition, id: try #require(RecordID(Array("\(number)".utf8))))
        }
        let outcomes = try await withThrowingTaskGroup(of: (Int, StoreError.Code?).self) { group in
            for number in 0..<200 {
                let value = [UInt8](repeating: 7, count: number % 5 == 0 ? 60_000 : 10)
                let change = RecordChange.create(try key(number), value: value, expiresAt: nil)
                group.addTask {
                    do throws(StoreError) {
                        _ = try await store.commit(CommitID(from: SystemRandomSource()), [change], at: now)
                        return (number, nil)
                    } catch { return (number, error.code) }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for (number, code) in outcomes {
            let value = try await store.read([key(number)], at: now).first??.value
            #expect((value != nil) == (code == nil), "commit \(number): \(code?.description ?? "acknowledged")")
            #expect(code == nil || code == .unavailable)
        }
        #expect(outcomes.contains { $0.1 != nil })
        #expect(outcomes.count { $0.1 == nil } > 20)
    }
}
#endif
