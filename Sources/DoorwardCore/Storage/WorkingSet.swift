// SPDX-License-Identifier: Apache-2.0

/// A value that is stored as one record.
package protocol StoredValue: Sendable {
    static var kind: RecordKind { get }
    /// The version of the record's layout, its first field.
    static var schema: UInt64 { get }
    /// Number of fields after the schema's version.
    static var fieldCount: Int { get }
    /// Reads the fields. The caller has read the head and checks the end.
    init(from reader: inout CBORReader) throws(CBORError)
    /// Writes the fields.
    func encode(to writer: inout CBORWriter)
}

extension StoredValue {
    package static var schema: UInt64 { 1 }

    package func encoded() -> [UInt8] {
        var writer = CBORWriter()
        writer.array(count: Self.fieldCount + 1)
        writer.unsigned(Self.schema)
        encode(to: &writer)
        return writer.bytes
    }

    /// Throws `corrupt` for bytes that are not such a record.
    package init(stored bytes: [UInt8]) throws(StoreError) {
        do throws(CBORError) {
            var reader = CBORReader(bytes)
            try reader.array(count: Self.fieldCount + 1)
            guard try reader.unsigned() == Self.schema else { throw CBORError(reason: "another schema") }
            self = try Self(from: &reader)
            try reader.end()
        } catch {
            throw StoreError(.corrupt, "a record of kind \(Self.kind.code) is malformed: \(error.reason)")
        }
    }
}

/// A stored value that is nobody's.
package struct Decoy<V: StoredValue>: Sendable {
    fileprivate let bytes: [UInt8]
    package init(_ value: V) { bytes = value.encoded() }
}

/// The records of one partition that a decision looks at, and the changes that it wants.
///
/// The rules of the feature modules are functions on one of these: they load, put, remove and require, and touch no
/// store. Afterwards ``changes`` holds the conditional commit that is right only if nothing moved meanwhile: whatever
/// is written or required is tied to the version that was read.
package struct WorkingSet: Sendable {
    package let partition: Partition
    private var snapshot: [RecordKey: StoredRecord?]
    private var edits: [(key: RecordKey, edit: Edit)] = []

    private enum Edit: Sendable {
        case put(value: [UInt8], expiresAt: Timestamp?)
        case remove
        case removeAny
        case require
    }

    package init(partition: Partition, keys: [RecordKey], records: [StoredRecord?]) {
        self.partition = partition
        snapshot = Dictionary(zip(keys, records), uniquingKeysWith: { first, _ in first })
    }

    private func key(_ kind: RecordKind, _ id: RecordID) -> RecordKey { RecordKey(kind, in: partition, id: id) }

    /// The value as this working set would leave it; `nil` if absent.
    package func load<V: StoredValue>(_ type: V.Type, _ id: RecordID = .only) throws(StoreError) -> V? {
        let key = key(V.kind, id)
        switch edits.last(where: { $0.key == key })?.edit {
        case .put(let value, _): return try V(stored: value)
        case .remove, .removeAny: return nil
        case .require, nil: break
        }
        guard let known = snapshot[key] else {
            throw StoreError(.misuse, "a decision looked at a record of kind \(V.kind.code) that was not read")
        }
        guard let record = known else { return nil }
        return try V(stored: record.value)
    }

    /// The same; where nothing is there a decoy is read and forgotten, so that it takes as long.
    package func load<V: StoredValue>(_ type: V.Type, else decoy: Decoy<V>) throws(StoreError) -> V? {
        if let value = try load(type) { return value }
        _ = try V(stored: decoy.bytes)
        return nil
    }

    /// Writes the record: replaced if it was read as there, else created.
    package mutating func put<V: StoredValue>(_ value: V, _ id: RecordID = .only, expiresAt: Timestamp? = nil) {
        set(.put(value: value.encoded(), expiresAt: expiresAt), for: key(V.kind, id))
    }

    /// Removes the record in the version that was read; if it was not there, the commit holds only if it still is not.
    package mutating func remove(_ kind: RecordKind, _ id: RecordID = .only) { set(.remove, for: key(kind, id)) }

    /// Removes whatever is there. For ids that are random and never used again.
    ///
    /// What was required before, or was to be removed in its version, goes in that version: a condition that a decision
    /// stands on is never dropped by a later step.
    package mutating func removeAny(_ kind: RecordKind, _ id: RecordID) {
        let key = key(kind, id)
        switch edits.first(where: { $0.key == key })?.edit {
        case .require, .remove: set(.remove, for: key)
        case .put, .removeAny, nil: set(.removeAny, for: key)
        }
    }

    /// The commit holds only if the record is as it was read.
    package mutating func require(_ kind: RecordKind, _ id: RecordID = .only) {
        guard !edits.contains(where: { $0.key == key(kind, id) }) else { return }
        set(.require, for: key(kind, id))
    }

    private mutating func set(_ edit: Edit, for key: RecordKey) {
        if let index = edits.firstIndex(where: { $0.key == key }) {
            edits[index].edit = edit
        } else {
            edits.append((key, edit))
        }
    }

    /// The commit that brings the store from what was read to what was decided.
    package var changes: [RecordChange] {
        edits.compactMap { key, edit in
            let version = (snapshot[key] ?? nil)?.version
            switch edit {
            case .put(let value, let expiresAt):
                return version.map { .replace(key, at: $0, value: value, expiresAt: expiresAt) }
                    ?? .create(key, value: value, expiresAt: expiresAt)
            case .remove: return version.map { .remove(key, at: $0) } ?? .require(key, at: nil)
            case .removeAny: return .remove(key, at: nil)
            case .require: return .require(key, at: version)
            }
        }
    }

    /// Whether the changes write anything.
    package var writes: Bool {
        changes.contains { if case .require = $0 { false } else { true } }
    }

    /// What was read of some records alone, without edits.
    package func keeping(only keys: [RecordKey]) -> WorkingSet {
        WorkingSet(partition: partition, keys: keys, records: keys.map { snapshot[$0] ?? nil })
    }

    /// The working set that a fresh read would give, had nobody else committed since this was.
    package func committed(as id: CommitID) -> WorkingSet {
        var next = self
        for (key, edit) in edits {
            switch edit {
            case .put(let value, let expiresAt):
                next.snapshot[key] = .some(
                    StoredRecord(key: key, value: value, version: id, expiresAt: expiresAt))
            case .remove, .removeAny: next.snapshot[key] = .some(nil)
            case .require: break
            }
        }
        next.edits = []
        return next
    }
}
