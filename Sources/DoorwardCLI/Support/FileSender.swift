// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import Doorward
import Glibc
import Synchronization

/// Sends messages into a file, one JSON object a line: what a service would hand to its mail system.
final class FileSender: MessageSender, Notifier {
    private let path: String
    private let failure = Mutex<StoreError?>(nil)

    init(path: String) { self.path = path }

    /// Why something was not sent, if so.
    var problem: StoreError? { failure.withLock { $0 } }

    func send(_ message: OutgoingMessage) async throws {
        let line = Self.line(message)
        // Waiting for a disk has a thread of its own.
        let written = await onOwnThread(named: "outbox") { Result { () throws(StoreError) in try self.append(line) } }
        do throws(StoreError) {
            guard let written else { throw StoreError(.unavailable, "no thread could be started") }
            try written.get()
        } catch {
            failure.withLock { $0 = error }
            throw error
        }
    }

    /// Notices for accounts that are reached nowhere are not written; one that cannot be written is lost.
    func notify(_ notice: AccountNotice) async throws {
        guard !notice.addresses.isEmpty else { return }
        var members: [String: JSONValue] = [
            "kind": .string("notice"), "notice": .string(notice.kind.rawValue), "at": .time(notice.at),
            "addresses": .array(notice.addresses.map { .string($0) }),
        ]
        members["name"] = notice.name.map { .string($0) }
        members["source"] = notice.source.map { .string($0.description) }
        let line = JSONValue.object(members).text + "\n"
        _ = try await onOwnThread(named: "outbox") {
            Result { () throws(StoreError) in try self.append(line) }
        }?.get()
    }

    private static func line(_ message: OutgoingMessage) -> String {
        var members: [String: JSONValue] = [:]
        func set(_ kind: String, _ member: String? = nil, _ value: String = "") {
            members["kind"] = .string(kind)
            if let member { members[member] = .string(value) }
        }
        switch message.content {
        case .passwordReset(let token): set("passwordReset", "token", token.revealed())
        case .activation(let token): set("activation", "token", token.revealed())
        case .registration(let token): set("registration", "token", token.revealed())
        case .alreadyRegistered: set("alreadyRegistered")
        case .addressConfirmation(let code): set("addressConfirmation", "code", code.revealed())
        }
        members["address"] = message.address.map { .string($0) }
        members["name"] = message.name.map { .string($0) }
        members["expiresAt"] = message.expiresAt.map { .time($0) }
        return JSONValue.object(members).text + "\n"
    }

    /// Whole lines, at the end, on the disk; the file is its owner's alone.
    private func append(_ line: String) throws(StoreError) {
        do { try StateFolder.make(for: [path]) } catch {
            throw StoreError(.unavailable, "the state folder cannot be made", underlying: error)
        }
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        let descriptor = unsafe open(path, flags, 0o600)
        guard descriptor >= 0 else { throw StoreError(.unavailable, "the file for messages cannot be opened") }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            status.st_mode & 0o077 == 0
        else { throw StoreError(.unavailable, "others can read the file for messages, or it is no file") }
        guard Terminal.write(line, to: descriptor), fsync(descriptor) == 0 else {
            throw StoreError(.unavailable, "the file for messages cannot be written")
        }
    }
}
#endif
