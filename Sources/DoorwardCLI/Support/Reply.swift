// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import Doorward
import Foundation

/// How a command ended, as scripts see it.
enum Outcome: String {
    case ok, granted, match
    case denied, refused, mismatch, notFound, notSignedIn
    case malformed
    case unavailable, overloaded
    case secondFactorRequired, reauthenticationRequired, enrollmentRequired, passwordChangeRequired

    var exitCode: Int32 {
        switch self {
        case .ok, .granted, .match: 0
        case .denied, .refused, .mismatch, .notFound, .notSignedIn: 1
        case .malformed: 2
        case .unavailable, .overloaded: 3
        case .secondFactorRequired, .reauthenticationRequired, .enrollmentRequired, .passwordChangeRequired: 4
        }
    }
}

/// A command's answer: an outcome, the members of its JSON object, and the same for people.
struct Reply {
    let outcome: Outcome
    var members: [String: JSONValue] = [:]
    /// What was asked for, for people: on standard output.
    var data: [String] = []
    /// What there is to say about it: on standard error.
    var notes: [String]

    init(_ outcome: Outcome, _ members: [String: JSONValue?] = [:], text: String...) {
        self.outcome = outcome
        self.members = members.compactMapValues { $0 }
        notes = text
    }

    /// Exactly one object on one line.
    var json: String {
        var all = members
        all["outcome"] = .string(outcome.rawValue)
        return JSONValue.object(all).text
    }
}

/// A JSON value (RFC 8259), written with members in alphabetical order.
enum JSONValue: Encodable {
    case string(String)
    case integer(Int64)
    case counter(UInt64)
    case bool(Bool)
    case array([JSONValue])
    case object([String: JSONValue])

    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .counter(let value): try container.encode(value)
        case .bool(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    static func integer(_ value: Int) -> JSONValue { .integer(Int64(value)) }
    static func time(_ value: Timestamp) -> JSONValue { .string(value.description) }
    static func retryAfter(_ value: Duration?) -> JSONValue? { value.map { .integer($0.secondsRoundedUp) } }
}

// MARK: - What the library's answers look like

extension Reply {
    static var notSignedIn: Reply { Reply(.notSignedIn, text: "Nobody is signed in here.") }

    static func denied(_ denial: Denial) -> Reply {
        let wait = denial.retryAfter.map { " Try again in \($0.secondsRoundedUp) s." } ?? ""
        return Reply(
            .denied, ["retryAfter": .retryAfter(denial.retryAfter)],
            text: (denial.retryAfter == nil ? "That is not right." : "Too many attempts.") + wait)
    }

    static func refused(_ violations: [PasswordViolation]) -> Reply {
        var reply = Reply(
            .refused,
            [
                "violations": .array(
                    violations.map { .object(["code": .string($0.code), "message": .string($0.message)]) })
            ])
        reply.notes = violations.map(\.message)
        return reply
    }

    static func required(_ outcome: Outcome, _ methods: [AuthenticationMethod] = [], text: String) -> Reply {
        Reply(
            outcome, ["methods": methods.isEmpty ? nil : .array(methods.map { .string($0.rawValue) })], text: text)
    }

    static var reauthenticationRequired: Reply {
        Reply(.reauthenticationRequired, text: "Show that it is you: doorward session reauthenticate")
    }

    /// The answers of what a session must be fresh for.
    static func of<V>(_ outcome: ProtectedOutcome<V>, done: (V) throws -> Reply) rethrows -> Reply {
        switch outcome {
        case .done(let value): return try done(value)
        case .denied(let denial): return .denied(denial)
        case .refused(let violations): return .refused(violations)
        case .notFound: return Reply(.notFound, text: "There is no such thing.")
        case .reauthenticationRequired: return .reauthenticationRequired
        }
    }
}

extension JSONValue {
    static func session(_ session: Session, isCurrent: Bool) -> JSONValue {
        .object([
            "id": .string(session.id.description), "aal": .integer(session.level.rawValue),
            "methods": .array(session.methods.map { .string($0.rawValue) }), "createdAt": .time(session.createdAt),
            "lastSeenAt": .time(session.lastSeenAt), "expiresAt": .time(session.expiresAt),
            "idleExpiresAt": .time(session.idleExpiresAt), "current": .bool(isCurrent),
        ])
    }

    static func authenticator(_ authenticator: Authenticator) -> JSONValue {
        var members: [String: JSONValue] = [
            "id": .string(authenticator.id.description), "label": .string(authenticator.label),
            "algorithm": .string(authenticator.algorithm.rawValue), "digits": .integer(authenticator.digits),
            "status": .string(authenticator.status.rawValue), "createdAt": .time(authenticator.createdAt),
        ]
        switch authenticator.type {
        case .totp(let period):
            members["type"] = .string("totp")
            members["period"] = .integer(period)
        case .hotp(let counter):
            members["type"] = .string("hotp")
            members["counter"] = .counter(counter)
        }
        return .object(members)
    }
}

extension Session {
    /// A line for people.
    func line(isCurrent: Bool) -> String {
        "\(isCurrent ? "*" : " ") \(id)  AAL\(level.rawValue)  \(methods.map(\.rawValue).joined(separator: "+"))  "
            + "since \(createdAt)  until \(idleExpiresAt)"
    }
}
#endif
