// SPDX-License-Identifier: Apache-2.0

#if SQLite
import DoorwardCore
import DoorwardSQLite
import DoorwardTesting
import Foundation
import GRDB
import Glibc
import Testing

/// What may be in the place of a good file.
@Suite(.timeLimit(.minutes(10))) struct SQLiteFileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/store.db" }
    private let key: RecordKey

    init() throws {
        folder = try TemporaryFolder()
        let partition = try #require(Partition(bytes: [UInt8](repeating: 1, count: 16)))
        let id = try #require(RecordID([1]))
        key = RecordKey(RecordKind(code: 2000), in: partition, id: id)
    }

    private func expectUnavailable(_ comment: Comment) async {
        await #expect(throws: StoreError(.unavailable, ""), comment) { try await SQLiteStore(at: path) }
    }

    private func edit(_ sql: String) throws { try DatabaseQueue(path: path).write { try $0.execute(sql: sql) } }

    @Test func aStoreThatIsLetGoHoldsNoFileOpen() async throws {
        @Sendable func open() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { descriptor in
                let file = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + descriptor)
                return file?.hasPrefix(path) == true
            }
        }
        for round in 0..<20 {
            let store = try await SQLiteStore(at: path)
            let id = try #require(CommitID(bytes: [UInt8](repeating: UInt8(round), count: 16)))
            _ = try await store.commit(
                id, [.create(key, value: [1], expiresAt: Timestamp(seconds: 1))], at: Timestamp(seconds: 2))
            _ = try await store.read([key], at: Timestamp(seconds: 1))
        }
        // Writers end a moment after their stores. Looked at from a thread of its own, which leaves them the processor.
        let left = await onOwnThread(named: "files") {
            let end = ContinuousClock.now.advanced(by: .seconds(60))
            while let left = try? open(), left > 0, ContinuousClock.now < end { usleep(5000) }
            return try? open()
        }
        #expect(left == 0)
    }

    @Test func whatIsNoDatabaseOfOursIsRefusedAndLeftAsItIs() async throws {
        for content in ["no database at all", String(repeating: "x", count: 100_000)] {
            try content.write(toFile: path, atomically: true, encoding: .utf8)
            await expectUnavailable("garbage")
            #expect(try String(contentsOfFile: path, encoding: .utf8) == content)
            try FileManager.default.removeItem(atPath: path)
        }
        try edit("CREATE TABLE records (mine)")
        await expectUnavailable("another program's tables")
        try FileManager.default.removeItem(atPath: path)
        _ = try await SQLiteStore(at: path)
        try edit("PRAGMA user_version = 99")
        await expectUnavailable("a newer version")
        try edit("PRAGMA user_version = -1")
        await expectUnavailable("a version below none")
        try edit("PRAGMA user_version = 1; PRAGMA application_id = 7")
        await expectUnavailable("another application")
    }

    @Test func placesWithoutAFileAreUnavailable() async throws {
        for path in ["/nowhere/at/all.db", folder.path, ""] {
            await #expect(throws: StoreError(.unavailable, "")) { try await SQLiteStore(at: path) }
        }
    }

    @Test func aLinkToNothingIsUnavailable() async throws {
        unsafe symlink(folder.path + "/target.db", path)
        await expectUnavailable("a link to nothing")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/target.db"))
    }

    /// Root can write everywhere, so this shows something only as another user.
    @Test(.enabled(if: geteuid() != 0)) func aReadOnlyFolderOrFileIsUnavailable() async throws {
        _ = try await SQLiteStore(at: path)
        unsafe chmod(path, 0o400)
        await expectUnavailable("a file that cannot be written")
        unsafe chmod(path, 0o600)
        try FileManager.default.removeItem(atPath: path)
        unsafe chmod(folder.path, 0o500)
        await expectUnavailable("a folder that cannot be written")
        unsafe chmod(folder.path, 0o700)
    }

    @Test func theFileIsItsOwnersAlone() async throws {
        let store = try await SQLiteStore(at: path)
        _ = try await store.commit(
            CommitID(from: SystemRandomSource()), [.create(key, value: [1], expiresAt: nil)],
            at: Timestamp(seconds: 1))
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            var status = stat()
            #expect(unsafe stat(folder.path + "/" + name, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600, "\(name)")
        }
    }

    @Test func damagedRowsAreTypedErrorsAndOthersStayReadable() async throws {
        let store = try await SQLiteStore(at: path)
        let good = RecordKey(key.kind, in: key.partition, id: try #require(RecordID([2])))
        let now = Timestamp(seconds: 1)
        for key in [key, good] {
            _ = try await store.commit(
                CommitID(from: SystemRandomSource()), [.create(key, value: [1], expiresAt: nil)], at: now)
        }
        try edit("UPDATE records SET version = x'00' WHERE id = x'01'")
        await #expect(throws: StoreError(.corrupt, "")) { try await store.read([key], at: now) }
        await #expect(throws: StoreError(.corrupt, "")) {
            try await store.commit(CommitID(from: SystemRandomSource()), [.require(key, at: nil)], at: now)
        }
        #expect(try await store.read([good], at: now).first??.value == [1])
    }

    @Test func manyWritersInOneProcessAndTwoHandlesAllGetTheirTurn() async throws {
        let handles = [try await SQLiteStore(at: path), try await SQLiteStore(at: path)]
        let outcomes = try await withThrowingTaskGroup(of: CommitOutcome.self) { group in
            for writer in 0..<200 {
                let id = try #require(RecordID([UInt8(writer)]))
                group.addTask {
                    try await handles[writer % 2].commit(
                        CommitID(from: SystemRandomSource()),
                        [.create(RecordKey(key.kind, in: key.partition, id: id), value: [], expiresAt: nil)],
                        at: Timestamp(seconds: 1))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(!outcomes.contains { $0 != .committed })
    }
}
#endif
