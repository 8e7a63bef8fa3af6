// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

// Requests and replies as lines of words: bytes in hexadecimal, with a letter before them so that none is empty, and a
// hyphen for nothing.

struct LineError: Error {}

struct LineWriter {
    private(set) var words: [String] = []

    mutating func word(_ word: String) { words.append(word) }
    mutating func number(_ value: Int) { words.append("\(value)") }
    mutating func number(_ value: Int?) { words.append(value.map { "\($0)" } ?? "-") }
    mutating func time(_ value: Timestamp?) { words.append(value.map { "\($0.milliseconds)" } ?? "-") }
    mutating func bytes(_ value: [UInt8]?) { words.append(value.map { "x" + Hex.encode($0) } ?? "-") }
    mutating func key(_ key: RecordKey) {
        number(Int(key.kind.code))
        bytes(key.partition.bytes)
        bytes(key.id.bytes)
    }

    mutating func record(_ record: StoredRecord?) {
        guard let record else { return word("-") }
        word("record")
        key(record.key)
        bytes(record.value)
        bytes(record.version.bytes)
        time(record.expiresAt)
    }
}

struct LineReader {
    private var words: ArraySlice<Substring>

    init(_ line: String) { words = line.split(separator: " ")[...] }

    var isAtEnd: Bool { words.isEmpty }
    /// What is left, as text.
    var rest: String { words.joined(separator: " ") }

    mutating func word() throws -> Substring {
        guard let word = words.popFirst() else { throw LineError() }
        return word
    }

    mutating func optionalNumber() throws -> Int? {
        let word = try word()
        if word == "-" { return nil }
        guard let value = Int(word) else { throw LineError() }
        return value
    }

    mutating func number() throws -> Int { try some(try optionalNumber()) }
    mutating func optionalTime() throws -> Timestamp? {
        try optionalNumber().map { Timestamp(milliseconds: Int64($0)) }
    }
    mutating func time() throws -> Timestamp { try some(try optionalTime()) }

    mutating func optionalBytes() throws -> [UInt8]? {
        let word = try word()
        return word == "-" ? nil : try some(Hex.decode(word.dropFirst()))
    }

    mutating func bytes() throws -> [UInt8] { try some(try optionalBytes()) }
    mutating func version() throws -> CommitID? { try optionalBytes().flatMap { CommitID(bytes: $0) } }

    mutating func key() throws -> RecordKey {
        let kind = RecordKind(code: try some(UInt16(exactly: try number())))
        let partition = try some(Partition(bytes: try bytes()))
        return RecordKey(kind, in: partition, id: try some(RecordID(try bytes())))
    }

    mutating func optionalKey() throws -> RecordKey? {
        guard words.first == "-" else { return try key() }
        words.removeFirst()
        return nil
    }

    mutating func record() throws -> StoredRecord? {
        guard try word() != "-" else { return nil }
        return StoredRecord(
            key: try key(), value: try bytes(), version: try some(try version()), expiresAt: try optionalTime())
    }

    private func some<T>(_ value: T?) throws -> T {
        guard let value else { throw LineError() }
        return value
    }
}

extension StoreRequest {
    func write(to line: inout LineWriter) {
        switch self {
        case .read(let keys, let now):
            line.word("read")
            line.time(now)
            keys.forEach { line.key($0) }
        case .list(let kind, let partition, let after, let limit, let now):
            line.word("list")
            line.number(Int(kind.code))
            line.bytes(partition.bytes)
            line.bytes(after?.bytes)
            line.number(limit)
            line.time(now)
        case .commit(let id, let changes, let now):
            line.word("commit")
            line.bytes(id.bytes)
            line.time(now)
            changes.forEach { $0.write(to: &line) }
        case .increment(let key, let amount, let ceiling, let expiresAt, let now):
            line.word("increment")
            line.key(key)
            line.number(amount)
            line.number(ceiling)
            line.time(expiresAt)
            line.time(now)
        case .scan(let after, let limit):
            line.word("scan")
            line.number(limit)
            if let after { line.key(after) } else { line.word("-") }
        case .purge(let bound, let limit):
            line.word("purge")
            line.time(bound)
            line.number(limit)
        }
    }

    init(from line: inout LineReader) throws {
        switch try line.word() {
        case "read":
            let now = try line.time()
            var keys: [RecordKey] = []
            while !line.isAtEnd { keys.append(try line.key()) }
            self = .read(keys, at: now)
        case "list":
            guard let kind = UInt16(exactly: try line.number()), let partition = Partition(bytes: try line.bytes())
            else {
                throw LineError()
            }
            let after = try line.optionalBytes().flatMap { RecordID($0) }
            self = .list(
                RecordKind(code: kind), partition, after: after, limit: try line.number(), at: try line.time())
        case "commit":
            guard let id = try line.version() else { throw LineError() }
            let now = try line.time()
            var changes: [RecordChange] = []
            while !line.isAtEnd { changes.append(try RecordChange(from: &line)) }
            self = .commit(id, changes, at: now)
        case "increment":
            self = .increment(
                try line.key(), by: try line.number(), ceiling: try line.optionalNumber(), expiresAt: try line.time(),
                at: try line.time())
        case "scan":
            let limit = try line.number()
            self = .scan(after: try line.optionalKey(), limit: limit)
        case "purge": self = .purge(expiredBefore: try line.time(), limit: try line.number())
        default: throw LineError()
        }
    }
}

extension RecordChange {
    func write(to line: inout LineWriter) {
        switch self {
        case .create(let key, let value, let expiresAt):
            line.word("create")
            line.key(key)
            line.bytes(value)
            line.time(expiresAt)
        case .replace(let key, let version, let value, let expiresAt):
            line.word("replace")
            line.key(key)
            line.bytes(version.bytes)
            line.bytes(value)
            line.time(expiresAt)
        case .remove(let key, let version):
            line.word("remove")
            line.key(key)
            line.bytes(version?.bytes)
        case .require(let key, let version):
            line.word("require")
            line.key(key)
            line.bytes(version?.bytes)
        }
    }

    init(from line: inout LineReader) throws {
        switch try line.word() {
        case "create": self = .create(try line.key(), value: try line.bytes(), expiresAt: try line.optionalTime())
        case "replace":
            let key = try line.key()
            guard let version = try line.version() else { throw LineError() }
            self = .replace(key, at: version, value: try line.bytes(), expiresAt: try line.optionalTime())
        case "remove": self = .remove(try line.key(), at: try line.version())
        case "require": self = .require(try line.key(), at: try line.version())
        default: throw LineError()
        }
    }
}

extension StoreReply {
    func write(to line: inout LineWriter) {
        switch self {
        case .records(let records):
            line.word("records")
            records.forEach { line.record($0) }
        case .page(let records):
            line.word("page")
            records.forEach { line.record($0) }
        case .commit(.committed): line.word("committed")
        case .commit(.conflict(let index)):
            line.word("conflict")
            line.number(index)
        case .increment(let outcome):
            line.word("incremented")
            line.number(outcome.isApplied ? 1 : 0)
            line.number(outcome.value)
            line.time(outcome.expiresAt)
        case .count(let count):
            line.word("count")
            line.number(count)
        }
    }

    init(from line: inout LineReader) throws {
        func records() throws -> [StoredRecord?] {
            var records: [StoredRecord?] = []
            while !line.isAtEnd { records.append(try line.record()) }
            return records
        }
        switch try line.word() {
        case "records": self = .records(try records())
        case "page": self = .page(try records().compactMap { $0 })
        case "committed": self = .commit(.committed)
        case "conflict": self = .commit(.conflict(at: try line.number()))
        case "incremented":
            self = .increment(
                IncrementOutcome(
                    isApplied: try line.number() == 1, value: try line.number(), expiresAt: try line.time()))
        case "count": self = .count(try line.number())
        default: throw LineError()
        }
    }
}
