// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardPasswords
import DoorwardTesting
import Foundation
import Testing

/// Lists of breached passwords: what is in them is found, and damage is no answer.
@Suite struct BreachedPasswordTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func digest(_ text: String) throws -> PasswordDigest { try #require(PasswordDigest(Password(text))) }

    private func members(_ count: Int) -> [String] { (0..<count).map { "member \($0)" } }

    /// The lines of a public list, in order.
    private func lines(_ passwords: [String]) throws -> [String] {
        try passwords.map { try digest($0).revealed() + ":\($0.utf8.count)" }.sorted()
    }

    private func path(_ name: String) -> String { folder.path + "/" + name }

    private func built(_ text: String, bits: Int = 20, name: String = "list") throws -> BreachedPasswordFile {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path("source")))
        try BreachedPasswordFile.build(from: path("source"), to: path(name), falsePositiveBits: bits)
        return try BreachedPasswordFile(path: path(name))
    }

    @Test(arguments: [1, 2, 511, 512, 513, 20_000]) func everyMemberIsFound(_ count: Int) async throws {
        let file = try built(try lines(members(count)).joined(separator: "\n"))
        #expect(file.count == UInt64(count))
        #expect(file.falsePositiveRate <= 1 / 1_048_576)
        // Of long lists a part: a lookup is slow without optimisation.
        for member in members(count) where count < 600 || member.hasSuffix("7") {
            #expect(try await file.contains(try digest(member)))
        }
        try file.verify()
        let size = try #require(
            try FileManager.default.attributesOfItem(atPath: path("list"))[.size] as? Int)
        if count == 20_000 { #expect(Double(size * 8) / Double(count) < 23) }
    }

    @Test func othersAreFoundAsOftenAsStated() async throws {
        let file = try built(try lines(members(3000)).joined(separator: "\n"), bits: 8)
        var found = 0
        for number in 0..<8_000 where try await file.contains(try digest("other \(number)")) { found += 1 }
        let expected = file.falsePositiveRate * 8_000
        #expect(file.falsePositiveRate <= 1 / 256)
        // Four standard deviations of a count.
        #expect(abs(Double(found) - expected) < 4 * expected.squareRoot())
    }

    @Test func listsOfOtherSpellingsAreTheSame() throws {
        let plain = try built(try lines(members(50)).joined(separator: "\n") + "\n")
        let bare = try lines(members(50)).map { String($0.prefix(40)).lowercased() }
        let other = try built(bare.flatMap { [$0, $0] }.joined(separator: "\r\n"), name: "other")
        #expect(plain.count == 50 && other.count == 50)
    }

    @Test func aListThatIsNoneIsRefusedAndTheOldFileStays() throws {
        let good = try lines(members(3))
        _ = try built(good.joined(separator: "\n"))
        let before = try Data(contentsOf: URL(fileURLWithPath: path("list")))
        let cases: [(text: String, reason: String)] = [
            ("", "empty"), (good[1] + "\n" + good[0], "line 2 of the list comes before"),
            (good[0] + "\nhunter2\n", "line 2 of the list is no SHA-1"), (good[0] + "\n\n", "line 2"),
            (good[0] + ":1", "line 1"), (String(good[0].prefix(40)) + ":", "line 1"),
            (good[0] + "\n" + String(repeating: "A", count: 3_000_000), "line 2"),
            (String(good[0].prefix(39)) + "G:1", "line 1"),
        ]
        for (text, reason) in cases {
            do {
                try Data(text.utf8).write(to: URL(fileURLWithPath: path("source")), options: [])
                try BreachedPasswordFile.build(from: path("source"), to: path("list"))
                Issue.record("taken for a list: \(reason)")
            } catch let error as BreachedPasswordError {
                #expect(error.reason.contains(reason))
                #expect(!error.reason.contains("hunter2"))
            }
        }
        #expect(throws: BreachedPasswordError.self) {
            try BreachedPasswordFile.build(from: path("absent"), to: path("list"))
        }
        #expect(throws: BreachedPasswordError.self) {
            try BreachedPasswordFile.build(from: folder.path, to: path("list"))
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path("list"))) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["list", "source"])
    }

    // MARK: Damage

    /// That a file which is not as it was built says so: no member is denied.
    private func holdNoMemberIsDenied(_ bytes: [UInt8], _ passwords: [String]) async throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path("damaged")))
        do {
            let file = try BreachedPasswordFile(path: path("damaged"))
            var isNoticed = false
            do throws(BreachedPasswordError) { try file.verify() } catch { isNoticed = true }
            for password in passwords {
                // An error is no denial.
                let isThere = try? await file.contains(try digest(password))
                guard isThere ?? true else { throw Denied() }
            }
            guard isNoticed else { throw Denied() }
        } catch is BreachedPasswordError {}
    }

    private struct Denied: Error {}

    @Test func everyFlippedByteAndEveryCutIsNoticed() async throws {
        let passwords = members(60)
        _ = try built(try lines(passwords).joined(separator: "\n"))
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path("list"))))
        for place in bytes.indices {
            for mask: UInt8 in [0x01, 0x80, 0xFF] {
                var damaged = bytes
                damaged[place] ^= mask
                try await holdNoMemberIsDenied(damaged, [passwords[place % 60]])
            }
            try await holdNoMemberIsDenied(Array(bytes[..<place]), [])
        }
        try await holdNoMemberIsDenied(bytes + [0], [])
    }

    @Test func withoutTheChecksumDamageWouldDenyAMember() async throws {
        let passwords = members(60)
        _ = try built(try lines(passwords).joined(separator: "\n"))
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path("list"))))
        // One block, after the header and two entries; its checksum is made to fit the damage.
        bytes[64 + 32 + 20] ^= 0xFF
        let checksum = HashFunction.sha256.hash([UInt8](repeating: 0, count: 8) + bytes[96...])
        bytes.replaceSubrange(72..<80, with: checksum.prefix(8))
        let damaged = bytes
        await #expect(throws: Denied.self) { try await holdNoMemberIsDenied(damaged, passwords) }
    }

    // MARK: Ranges

    private func range(_ answer: @escaping @Sendable (String) async throws -> String) -> BreachedPasswordRange {
        BreachedPasswordRange(deadline: .seconds(60), fetch: answer)
    }

    @Test func aRangeServiceIsAskedForFiveDigitsOnly() async throws {
        // Made with: printf %s password | openssl dgst -sha1
        let name = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8"
        let asked = range { prefix in
            guard prefix == "5BAA6" else { throw BreachedPasswordError(reason: "asked for \(prefix)") }
            return "0000000000000000000000000000000000A:7\r\n\(name.dropFirst(5)):42\r\n"
        }
        #expect(try digest("password").revealed() == name)
        #expect(try await asked.contains(try digest("password")))
        let padded = range { _ in "\(name.dropFirst(5)):0\n0000000000000000000000000000000000A:7" }
        #expect(try await !padded.contains(try digest("password")))
        let empty = range { _ in "\(name.dropFirst(5)):0" }
        await #expect(throws: BreachedPasswordError.self) { try await empty.contains(try digest("password")) }
    }

    @Test(arguments: [
        "", "\n", "\r\n\r\n", "<html>", "0000000000000000000000000000000000A", "0000000000000000000000000000000000A:x",
        "A:1",
    ])
    func anAnswerThatIsNoneIsAnError(_ body: String) async throws {
        let source = range { _ in body }
        await #expect(throws: BreachedPasswordError.self) { try await source.contains(try digest("password")) }
    }

    /// A client that does not heed its cancellation: it answers when it is let go, after the test.
    @Test func silenceEndsAtTheDeadlineWhateverTheClientDoes() async throws {
        let (answers, letGo) = AsyncStream.makeStream(of: String.self)
        defer { letGo.finish() }
        let source = BreachedPasswordRange(deadline: .zero) { _ in
            await Task.detached { for await _ in answers {} }.value
            return ""
        }
        await #expect(throws: BreachedPasswordError.self) { try await source.contains(try digest("password")) }
    }

    @Test func aDigestIsNeverShown() throws {
        let secret = try digest("password")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!"\(secret)\(String(reflecting: secret))\(dumped)".contains("5BAA"))
        #expect(PasswordDigest(Password("")) == nil)
    }
}
