// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward
import Foundation

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "The key ring: exchange its keys while the service runs.",
        discussion: """
            "add" a key; once it is active, "renew" what is sealed, and passwords as people sign in; "status" says what \
            still needs the old key, and "retire" removes it when nothing does.
            """,
        subcommands: [List.self, Add.self, Status.self, Renew.self, Retire.self, Generate.self])

    struct List: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "The keys, without the keys themselves.")
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            .keys(try await gatekeeper().keys, isCounted: false)
        }
    }

    struct Add: ReplyingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a key, to be the active one in five minutes, when every running service knows it.")
        @Flag(help: "Make it the active one at once: for when no service runs.") var now = false
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let (id, activeFrom) = try await gatekeeper().addKey(atOnce: now)
            var reply = Reply(
                .ok, ["id": .string(id.description), "activeFrom": .time(activeFrom)],
                text: now ? "It is the active key now." : "It becomes the active key at \(activeFrom).")
            reply.data = [id.description]
            return reply
        }
    }

    struct Status: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "What still needs each key.")
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let progress = Progress()
            let usage = try await gatekeeper().keyUsage { progress.show(count: $0, of: "records looked at") }
            progress.end()
            return .keys(usage, isCounted: true)
        }
    }

    struct Renew: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "Bring all that is sealed under the active key.")
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let progress = Progress()
            let renewed = try await gatekeeper().renewKeys { progress.show(count: $0, of: "records looked at") }
            progress.end()
            var reply = Reply(.ok, ["renewed": .integer(renewed)])
            reply.data = ["\(renewed) renewed"]
            return reply
        }
    }

    struct Retire: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a key that nothing needs any more.")
        @Argument(help: "The key's id.") var id: String
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            guard let id = Hex.decode(id).flatMap({ KeyID(bytes: $0) }) else {
                throw MalformedInput(field: "id", message: "A key's id is 16 hexadecimal digits.")
            }
            let progress = Progress()
            let retirement = try await gatekeeper().retireKey(id) { progress.show(count: $0, of: "records looked at") }
            switch retirement {
            case .retired:
                return Reply(.ok, text: "It is gone. Keep a copy as long as backups of the store may need it.")
            case .notFound: return Reply(.notFound, text: "The ring has no such key.")
            case .active: return .refused("key.active", "It is the active key, or is to be: add another one first.")
            case .tooEarly(let rest):
                var reply = Reply.refused(
                    "key.tooEarly",
                    "A running service may still use it: try again in \(rest.secondsRoundedUp) s.")
                reply.members["retryAfter"] = .retryAfter(rest)
                return reply
            case .inUse(let usage):
                var reply = Reply.refused("key.inUse", "\(usage.total) records need it: see \"keys status\".")
                reply.members["key"] = .key(usage, isCounted: true)
                return reply
            }
        }
    }

    struct Generate: ReplyingCommand {
        static let configuration = CommandConfiguration(
            abstract: "A fresh key ring as text, for DOORWARD_KEYS or a secret manager.")
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let text = String(decoding: KeySet().revealed().copyBytes(), as: UTF8.self)
            var reply = Reply(.ok, ["keys": .string(text)])
            reply.data = [text.trimmingCharacters(in: .newlines)]
            return reply
        }
    }
}

extension Reply {
    fileprivate static func keys(_ keys: [KeyUsage], isCounted: Bool) -> Reply {
        var reply = Reply(.ok, ["keys": .array(keys.map { .key($0, isCounted: isCounted) })])
        reply.data = keys.map { key in
            let since = key.activeFrom.map { $0.milliseconds == 0 ? "" : " from \($0)" } ?? ""
            let needs =
                isCounted
                ? ": \(key.passwords) passwords, \(key.formerPasswords) former ones, \(key.authenticators) authenticators, "
                    + "\(key.recoveryCodes) sets of recovery codes, "
                    + "\(key.addresses) addresses\(key.isStoreKey ? ", the store itself" : "")"
                : ""
            return "\(key.id)  \(key.state.rawValue)\(since)\(needs)"
        }
        return reply
    }

    fileprivate static func refused(_ code: String, _ message: String) -> Reply {
        Reply(.refused, ["code": .string(code), "message": .string(message)], text: message)
    }
}

extension JSONValue {
    fileprivate static func key(_ key: KeyUsage, isCounted: Bool) -> JSONValue {
        var members: [String: JSONValue] = ["id": .string(key.id.description), "state": .string(key.state.rawValue)]
        members["activeFrom"] = key.activeFrom.map { .time($0) }
        guard isCounted else { return .object(members) }
        members["passwords"] = .integer(key.passwords)
        members["formerPasswords"] = .integer(key.formerPasswords)
        members["authenticators"] = .integer(key.authenticators)
        members["recoveryCodes"] = .integer(key.recoveryCodes)
        members["addresses"] = .integer(key.addresses)
        members["store"] = .bool(key.isStoreKey)
        return .object(members)
    }
}
#endif
