// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward
import Foundation

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "What happened, and whether the record of it is whole.",
        discussion: """
            Commands of this tool are recorded in the chain "command-line". Keep what "audit heads" prints somewhere else: by \
            it, "audit verify --heads FILE" finds a record that was cut short.
            """,
        subcommands: [Tail.self, Verify.self, Heads.self])

    struct Tail: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "The latest events, oldest first.")
        @Option(name: .customShort("n"), help: "How many.") var count = 20
        @OptionGroup var common: CommonOptions

        func validate() throws {
            guard (1...100_000).contains(count) else { throw ValidationError("-n is 1 to 100000.") }
        }

        func reply() async throws -> Reply {
            let events = try await gatekeeper(isThere: true).auditReader.tail(count)
            var reply = Reply(.ok, ["events": .array(events.map { .event($0) })])
            reply.data = events.map(\.line)
            return reply
        }
    }

    struct Verify: ReplyingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether any event was changed, removed, moved or put in.")
        @Option(help: "A file with what \"audit heads\" printed before.") var heads: String?
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let kept = try heads.map(Self.read)
            let progress = Progress()
            let verdict = try await gatekeeper(isThere: true).auditReader.verify(against: kept) {
                progress.show(count: $0, of: "records verified")
            }
            progress.end()
            var reply = Reply(
                verdict.isIntact ? .ok : .mismatch,
                [
                    "chains": .integer(verdict.chains), "entries": .integer(verdict.entries),
                    "faults": verdict.isIntact ? nil : .array(verdict.faults.map { .fault($0) }),
                ])
            reply.data = verdict.faults.map(\.description)
            if verdict.isIntact {
                reply.notes = ["\(verdict.entries) records of \(verdict.chains) chains are as they were written."]
            }
            return reply
        }

        private static func read(_ path: String) throws -> AuditHeads {
            guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
                throw StoreError(.unavailable, "the file of heads cannot be read")
            }
            guard let heads = AuditHeads(String(decoding: data, as: UTF8.self)) else {
                throw MalformedInput(field: "heads", message: "That is not what \"audit heads\" prints.")
            }
            return heads
        }
    }

    struct Heads: ReplyingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Where every chain ends now, signed: to be kept elsewhere.")
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            let heads = try await gatekeeper(isThere: true).auditReader.heads()
            var reply = Reply(.ok, ["heads": .string(heads.text), "at": .time(heads.at)])
            reply.data = [heads.text.trimmingCharacters(in: .newlines)]
            return reply
        }
    }
}

extension AuditedEvent {
    /// A line for people: services may report events of their own, so anything but plain words is escaped.
    fileprivate var line: String {
        let facts = [
            event.reason.map { LogEventSink.escaped($0.rawValue) }, event.account.map { "account \($0)" },
            event.session.map { "session \($0)" }, event.source.map { "from \($0)" },
        ]
        return ["\(event.at)", LogEventSink.escaped(event.name.rawValue)].joined(separator: "  ")
            + facts.compactMap { $0 }.map { "  " + $0 }.joined()
    }
}

extension JSONValue {
    fileprivate static func event(_ audited: AuditedEvent) -> JSONValue {
        let event = audited.event
        var members: [String: JSONValue] = [
            "at": .time(event.at), "event": .string(event.name.rawValue), "chain": .string(audited.chain.name),
            "number": .integer(audited.number),
        ]
        members["account"] = event.account.map { .string($0.description) }
        members["session"] = event.session.map { .string($0.description) }
        members["reason"] = event.reason.map { .string($0.rawValue) }
        members["source"] = event.source.map { .string($0.description) }
        return .object(members)
    }

    fileprivate static func fault(_ fault: AuditFault) -> JSONValue {
        var members: [String: JSONValue] = ["kind": .string(fault.kind.rawValue)]
        members["chain"] = fault.chain.map { .string($0.name) }
        members["number"] = fault.number.map { .integer($0) }
        return .object(members)
    }
}
#endif
