// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward
import DoorwardStores
import Foundation
import Glibc
import Synchronization

/// The options that every command takes.
struct CommonOptions: ParsableArguments {
    @Flag(help: "Answer with one JSON object on one line.")
    var json = false

    @Flag(help: "Read secrets from standard input, one a line.")
    var stdin = false

    @Option(help: "The store: sqlite:PATH, postgresql://…, redis://… or memory: (also DOORWARD_STORE).")
    var store: String?

    @Option(help: "The key ring's file (or DOORWARD_KEYS holds the keys).")
    var keys: String?

    @Option(help: "The file that holds the session's token.")
    var session: String?

    @Option(help: "The file that what is sent to people is appended to (also DOORWARD_OUTBOX).")
    var outbox: String?

    @Option(help: "The list of breached passwords, made by \"breached build\" (also DOORWARD_BREACHED).")
    var breached: String?
}

/// A command that answers with a ``Reply``.
protocol ReplyingCommand: AsyncParsableCommand {
    var common: CommonOptions { get }
    func reply() async throws -> Reply
}

/// What still has something to send or to record when a command has answered.
private enum OpenService {
    static let opened = Mutex<[Gatekeeper]>([])
}

extension ReplyingCommand {
    mutating func run() async throws {
        let reply: Reply
        do {
            reply = try await self.reply()
        } catch let error as MalformedInput {
            reply = Reply(
                .malformed, ["field": .string(error.field), "message": .string(error.message)], text: error.message)
        } catch let error as GatekeeperError {
            let isBusy = error.code == .overloaded
            reply = Reply(
                isBusy ? .overloaded : .unavailable, ["message": .string(error.reason)],
                text: isBusy
                    ? "Too much to do right now: \(error.reason)." : "Not possible right now: \(error.reason).")
        } catch let error as StoreError {
            reply = Reply(
                .unavailable, ["message": .string(error.reason)], text: "Not possible right now: \(error.reason).")
        }
        var isWritten = true
        if common.json {
            isWritten = Terminal.write(reply.json + "\n", to: STDOUT_FILENO)
        } else {
            if !reply.data.isEmpty {
                isWritten = Terminal.write(reply.data.joined(separator: "\n") + "\n", to: STDOUT_FILENO)
            }
            if !reply.notes.isEmpty { Terminal.write(reply.notes.joined(separator: "\n") + "\n", to: STDERR_FILENO) }
        }
        for gatekeeper in OpenService.opened.withLock({ $0 }) { await gatekeeper.finishSending() }
        // An answer that nobody got is none.
        throw ExitCode(isWritten ? reply.outcome.exitCode : Outcome.unavailable.exitCode)
    }

    func answers() throws -> Answers { try Answers(fromStandardInput: common.stdin) }

    /// The service on the chosen store.
    ///
    /// - Parameter isThere: Whether the store must be there already, and nothing is to be made.
    func gatekeeper(isThere: Bool = false) async throws -> Gatekeeper {
        let gatekeeper = try await common.gatekeeper(isThere: isThere)
        OpenService.opened.withLock { $0.append(gatekeeper) }
        return gatekeeper
    }

    var sessionFile: SessionFile { SessionFile(path: common.sessionPath, what: "the session file") }
}

extension CommonOptions {
    private var environment: [String: String] { ProcessInfo.processInfo.environment }

    private var storeURL: String {
        store ?? environment["DOORWARD_STORE"].flatMap { $0.isEmpty ? nil : $0 } ?? "sqlite:"
            + StateFolder.path("doorward.db")
    }

    private static let keyVariable = "DOORWARD_KEYS"

    var sessionPath: String { session ?? StateFolder.path("session") }

    /// Beside the session: who keeps several has as many devices.
    var devicePath: String { session.map { $0 + ".device" } ?? StateFolder.path("device") }

    var keysPath: String { keys ?? StateFolder.path("keys") }

    var outboxPath: String {
        outbox ?? environment["DOORWARD_OUTBOX"].flatMap { $0.isEmpty ? nil : $0 } ?? StateFolder.path("outbox")
    }

    var breachedPath: String? {
        (breached ?? environment["DOORWARD_BREACHED"]).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// - Throws: A usage error for what is no store, or may be seen by others of this machine.
    private func chosenStore() throws -> StoreURL {
        do throws(StoreURL.Malformed) {
            return try StoreURL(storeURL)
        } catch {
            throw ValidationError(error.description)
        }
    }

    /// The variable is looked at by those commands alone that open a store.
    mutating func validate() throws {
        guard store != nil else { return }
        guard try !chosenStore().hasPassword else {
            throw ValidationError("A URL with a password is given by DOORWARD_STORE: arguments are seen by everybody.")
        }
    }

    /// The list that was named, if any: opened when a password is looked up, not before.
    func breachedPasswords() -> BreachedPasswordCheck? {
        struct List: BreachedPasswordSource {
            let path: String
            func contains(_ digest: PasswordDigest) async throws(BreachedPasswordError) -> Bool {
                try await BreachedPasswordFile(path: path).contains(digest)
            }
        }
        guard let path = breachedPath else { return nil }
        return BreachedPasswordCheck(List(path: path))
    }

    /// - Parameter isThere: Whether the store must be there already, and nothing is to be made.
    func gatekeeper(isThere: Bool = false) async throws -> Gatekeeper {
        let url = try chosenStore()
        if isThere, let path = url.path, !FileManager.default.fileExists(atPath: path) {
            throw StoreError(.unavailable, "there is no such store")
        }
        var configuration = GatekeeperConfiguration()
        configuration.breachedPasswords = breachedPasswords()
        let sender = FileSender(path: outboxPath)
        configuration.messages = sender
        configuration.notifier = sender
        configuration.auditChain = AuditChain("command-line")
        configuration.deviceTrust = .seconds(30 * 86_400)
        guard url.kind != .memory else {
            if !isThere { try StateFolder.make(for: [sessionPath]) }
            return try await Gatekeeper(store: url.open(), keys: .ring(KeyRing()), configuration: configuration)
        }
        let isInVariable = keys == nil && environment[Self.keyVariable]?.isEmpty == false
        if !isThere {
            try StateFolder.make(for: [url.path, isInVariable ? nil : keysPath, sessionPath].compactMap { $0 })
        }
        do throws(StoreError) {
            return try await Gatekeeper(
                store: url.open(), keys: isInVariable ? .variable(Self.keyVariable) : .file(keysPath),
                configuration: configuration)
        } catch {
            guard error.code == .misuse else { throw error }
            throw MalformedInput(field: "store", message: error.reason)
        }
    }
}

/// `$XDG_STATE_HOME/doorward`, else `~/.local/state/doorward`, mode 0700.
enum StateFolder {
    private static var folder: String {
        let environment = ProcessInfo.processInfo.environment
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/doorward" }
        let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory()
        return home + "/.local/state/doorward"
    }

    static func path(_ name: String) -> String { folder + "/" + name }

    /// Makes the folder if one of the paths lies in it. Others must exist.
    static func make(for paths: [String]) throws {
        guard paths.contains(where: { $0.hasPrefix(folder + "/") }) else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreError(.unavailable, "the state folder cannot be made", underlying: error)
        }
        // One that was there already may have been open to others.
        guard unsafe chmod(folder, 0o700) == 0 else {
            throw StoreError(.unavailable, "the state folder belongs to somebody else")
        }
    }
}
#endif
