// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward
import Foundation
import Synchronization

struct ImportCommand: ReplyingCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Bring the users of another system in, with their password hashes.",
        discussion: """
            The file has a heading and the columns name and hash, and disabled or mustChangePassword where wanted; or it \
            has one JSON object a line with these members. Rows that cannot be brought in are told, and all others are. \
            It can be repeated: who is there already stays.
            """)

    @Argument(help: "The file: .csv, or .jsonl for one JSON object a line.") var file: String
    @Option(help: "csv or jsonl, whatever the file is called.") var format: String?
    @Flag(help: "Hash each old hash at once with Argon2id.") var wrap = false
    @Option(help: "A new file for all refused rows, one JSON object a line.") var report: String?
    @OptionGroup var common: CommonOptions

    private var chosenFormat: UserTable.Format? {
        UserTable.Format(rawValue: format ?? file.split(separator: ".").last.map(String.init) ?? "")
    }

    func validate() throws {
        guard chosenFormat != nil else { throw ValidationError("--format is csv or jsonl.") }
    }

    func reply() async throws -> Reply {
        var table = try UserTable(path: file, format: chosenFormat ?? .csv)
        let refusals = try Refusals(path: report)
        let gatekeeper = try await gatekeeper()
        let counts = Mutex((imported: 0, alreadyThere: 0))
        let progress = Progress()
        var rows = 0
        let wrap = wrap
        try await inParallel(32) {
            while let (line, row) = try table.next() {
                rows += 1
                if rows.isMultiple(of: 100) { progress.show(count: rows, of: "rows") }
                switch row {
                case .success(let account): return (line, account)
                case .failure(let refusal): try refusals.add(refusal)
                }
            }
            return nil
        } _: { (line: Int, account: ImportedAccount) in
            switch try await gatekeeper.importAccount(account, wrapping: wrap) {
            case .imported: counts.withLock { $0.imported += 1 }
            case .alreadyThere: counts.withLock { $0.alreadyThere += 1 }
            default:
                try refusals.add(
                    UserTable.Refusal(
                        line: line, code: "name.taken", message: "somebody has this name with another password"))
            }
        }
        progress.show(count: rows, of: "rows")
        progress.end()
        // What was imported is; should this fail, the service does it within a day.
        try? await gatekeeper.takeHashCensus()
        let (imported, alreadyThere) = counts.withLock { $0 }
        let (count, refused) = refusals.all
        var reply = Reply(
            count == 0 ? .ok : .refused,
            [
                "imported": .integer(imported), "alreadyThere": .integer(alreadyThere),
                "refused": .integer(count),
                "rows": .array(
                    refused.map { refusal in
                        .object([
                            "line": .integer(refusal.line), "code": .string(refusal.code),
                            "message": .string(refusal.message),
                        ])
                    }),
            ])
        reply.data = ["\(imported) imported, \(alreadyThere) there already, \(count) refused"]
        reply.notes = refused.map { "line \($0.line): \($0.message)" }
        if count > refused.count { reply.notes.append("and \(count - refused.count) more: see --report") }
        return reply
    }
}

struct WrapCommand: ReplyingCommand {
    static let configuration = CommandConfiguration(
        commandName: "wrap", abstract: "Hash every old hash with Argon2id, so that none is stored as it came.")
    @OptionGroup var common: CommonOptions

    func reply() async throws -> Reply {
        let gatekeeper = try await gatekeeper()
        let progress = Progress()
        let wrapped = try await gatekeeper.wrapOldHashes { progress.show(count: $0, of: "records looked at") }
        progress.end()
        try await gatekeeper.takeHashCensus()
        var reply = Reply(.ok, ["wrapped": .integer(wrapped)])
        reply.data = ["\(wrapped) wrapped"]
        return reply
    }
}

/// Rows that were not brought in, in a file of their own where one is wanted.
private final class Refusals: Sendable {
    /// So many are part of the answer.
    private static let shown = 100
    private let state = Mutex((count: 0, first: [UserTable.Refusal]()))
    private let file: FileHandle?

    /// - Throws: For a file that is there already, or cannot be made.
    init(path: String?) throws {
        guard let path else {
            file = nil
            return
        }
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw MalformedInput(field: "report", message: "The report cannot be made, or is there already.")
        }
        file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// How many there are, and some of them.
    var all: (count: Int, some: [UserTable.Refusal]) {
        state.withLock { ($0.count, $0.first.sorted { $0.line < $1.line }) }
    }

    func add(_ refusal: UserTable.Refusal) throws {
        state.withLock { state in
            state.count += 1
            if state.first.count < Self.shown { state.first.append(refusal) }
        }
        guard let file else { return }
        do { try file.write(contentsOf: JSONEncoder().encode(refusal) + Data("\n".utf8)) } catch {
            throw GatekeeperError(.unavailable, "the report cannot be written")
        }
    }
}
#endif
