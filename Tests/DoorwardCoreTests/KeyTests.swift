// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardTesting
import Foundation
import Glibc
import Testing

@Suite struct KeyTests {
    @Test func aSealedValueOpensOnlyWhereItWasSealed() throws {
        let ring = KeyRing()
        let secret = Secret(copying: Array("shared secret".utf8))
        let sealed = try ring.seal(secret, boundTo: [[1], [2]], random: SystemRandomSource())
        #expect(try ring.open(sealed, boundTo: [[1], [2]]).matches(secret))
        // Fields are framed: the same bytes cut elsewhere are another place.
        for place: [[UInt8]] in [[[1, 2]], [[1], [2], []], [[2], [1]], []] {
            #expect(throws: StoreError(.corrupt, "")) { try ring.open(sealed, boundTo: place) }
        }
        for index in sealed.indices where index > 8 {
            var other = sealed
            other[index] ^= 1
            #expect(throws: StoreError(.corrupt, "")) { try ring.open(other, boundTo: [[1], [2]]) }
        }
        #expect(throws: StoreError(.unavailable, "")) { try KeyRing().open(sealed, boundTo: [[1], [2]]) }
        for length in 0..<sealed.count {
            #expect(throws: StoreError.self) { try ring.open(Array(sealed.prefix(length)), boundTo: [[1], [2]]) }
        }
    }

    @Test func aKeyFileIsMadeOnceWithModeAndReadBack() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/keys"
        let store = InMemoryStore()
        let first = try await AuthEnvironment.open(store: store, keys: .file(path))
        var status = stat()
        #expect(unsafe stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        let second = try await AuthEnvironment.open(store: store, keys: .file(path))
        #expect(first.keys.active == second.keys.active)
        #expect(first.partition(.account, [1]) == second.partition(.account, [1]))
        // No second file was left behind.
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["keys"])
    }

    @Test func ofManyFirstStartsOneMakesTheRingAndAllUseIt() async throws {
        let folder = try TemporaryFolder()
        let store = InMemoryStore()
        let actives = try await withThrowingTaskGroup(of: KeyID.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    try await AuthEnvironment.open(store: store, keys: .file(folder.path + "/keys")).keys.active
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(actives.count == 1)
    }

    @Test func keyFilesThatOthersCouldReadOrExchangeAreRefused() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/keys"
        _ = try await AuthEnvironment.open(store: InMemoryStore(), keys: .file(path))
        let good = try String(contentsOfFile: path, encoding: .utf8)
        func expectRefused(_ file: String, _ comment: Comment) async {
            await #expect(throws: StoreError(.unavailable, ""), comment) {
                try await AuthEnvironment.open(store: InMemoryStore(), keys: .file(file))
            }
        }
        for mode: mode_t in [0o640, 0o604, 0o620] {
            unsafe chmod(path, mode)
            await expectRefused(path, "mode \(mode)")
        }
        unsafe chmod(path, 0o600)
        unsafe symlink(path, folder.path + "/link")
        await expectRefused(folder.path + "/link", "a link")
        await expectRefused(folder.path, "a folder")
        await expectRefused(folder.path + "/missing/keys", "no folder")
        let bad = [
            "", "x", good + "zz\n", good + good.split(separator: "\n")[1], good.replacing(" 0\n", with: " -1\n"),
            good.replacing(" 0\n", with: " 9223372036854775808\n"), good.replacing(" 0\n", with: "\n"),
            good.replacing("doorward-keys 1", with: "doorward-keys 2"), String(repeating: "a", count: 100_000),
            String(good.dropLast(4)), "doorward-keys 1\n",
        ]
        for text in bad {
            let file = folder.path + "/bad"
            try? FileManager.default.removeItem(atPath: file)
            _ = FileManager.default.createFile(
                atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
            await expectRefused(file, "content \(text.count)")
        }
    }

    @Test func aStoreWithDataRefusesAnotherRingAndAMissingFile() async throws {
        let folder = try TemporaryFolder()
        let store = InMemoryStore()
        _ = try await AuthEnvironment.open(store: store, keys: .ring(KeyRing()))
        await #expect(throws: StoreError(.unavailable, "")) {
            try await AuthEnvironment.open(store: store, keys: .ring(KeyRing()))
        }
        await #expect(throws: StoreError(.unavailable, "")) {
            try await AuthEnvironment.open(store: store, keys: .file(folder.path + "/keys"))
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/keys"))
    }
}
