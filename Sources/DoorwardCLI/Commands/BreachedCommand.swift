// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward

struct BreachedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "breached", abstract: "Lists of passwords that came out in breaches.",
        discussion: """
            A list is made once, from a public list of SHA-1 digests in ascending order, and then named by --breached or \
            DOORWARD_BREACHED wherever a new password is set. Nobody is asked over the network.
            """,
        subcommands: [Build.self, Verify.self, Check.self])

    struct Build: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "Make a list, in place of one that is there.")

        @Argument(help: "The public list: one digest a line, \":\" and a number behind it or not.") var source: String
        @Argument(help: "The file to make.") var file: String
        @Option(help: "One good password in 2^N is refused wrongly; each costs N + 2 bits. 8 to 32.")
        var falsePositiveBits = 20
        @OptionGroup var common: CommonOptions

        func validate() throws {
            guard (8...32).contains(falsePositiveBits) else {
                throw ValidationError("--false-positive-bits is 8 to 32.")
            }
        }

        func reply() async throws -> Reply {
            let count = try list { () throws(BreachedPasswordError) in
                try BreachedPasswordFile.build(
                    from: source, to: file, falsePositiveBits: falsePositiveBits, progress: Progress().show(part:))
            }
            return try describe(
                try list { () throws(BreachedPasswordError) in try BreachedPasswordFile(path: file) },
                text: "\(count) values.")
        }
    }

    struct Verify: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "Compare a list with its checksums.")

        @Argument(help: "The list.") var file: String
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let opened = try list { () throws(BreachedPasswordError) in
                let opened = try BreachedPasswordFile(path: file)
                try opened.verify(progress: Progress().show(part:))
                return opened
            }
            return try describe(opened, text: "\(opened.count) values, undamaged.")
        }
    }

    struct Check: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "Whether a password is in a list.")

        @Argument(help: "The list.") var file: String
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let opened = try list { () throws(BreachedPasswordError) in try BreachedPasswordFile(path: file) }
            guard let digest = PasswordDigest(try answers().password()) else {
                throw MalformedInput(field: "password", message: "A password has 1 to 4096 bytes of text.")
            }
            do throws(BreachedPasswordError) {
                return try await opened.contains(digest)
                    ? Reply(.match, text: "It is in the list.") : Reply(.mismatch, text: "It is not in the list.")
            } catch { throw GatekeeperError(.unavailable, error.reason) }
        }
    }
}

private func describe(_ file: BreachedPasswordFile, text: String) throws -> Reply {
    let oneIn = file.falsePositiveRate > 0 ? Int64(exactly: (1 / file.falsePositiveRate).rounded(.down)) : nil
    return Reply(
        .ok, ["values": .counter(file.count), "falsePositiveOneIn": oneIn.map { .integer($0) }],
        text: text, oneIn.map { "One good password in \($0) is refused wrongly." } ?? "")
}

/// Errors of lists as everybody else's.
private func list<R>(_ body: () throws(BreachedPasswordError) -> R) throws -> R {
    do throws(BreachedPasswordError) { return try body() } catch {
        throw GatekeeperError(.unavailable, error.reason)
    }
}
#endif
