// SPDX-License-Identifier: Apache-2.0

#if Redis
import DoorwardCore

/// How records and counters look in Redis.
///
/// ```
/// dw:{PARTITION}:r:KIND:ID    a record: version (16 bytes), end (20 digits or hyphens), mark (8 bytes), value
/// dw:{PARTITION}:i:KIND       a sorted set of the ids of a kind, all at score 0, so in order of their bytes
/// dw:{PARTITION}:c:KIND:ID    a counter: end (20 digits), value (decimal)
/// ```
///
/// Partition, kind and id are hexadecimal; what is between the braces alone decides the slot, so all keys of a commit are
/// in one. Replies name no keys, so a record's mark, which is made of its key, tells whether it is the one that was asked
/// for. Times are digits of one width, because Lua's numbers cannot hold them; they sort as text.
enum Layout {
    /// Stands for *never*. Less than any digit.
    static let never = [UInt8](repeating: UInt8(ascii: "-"), count: 20)
    static let headLength = 44

    private static func append(
        _ partition: Partition, _ sort: Unicode.Scalar, _ kind: RecordKind, _ id: RecordID?, to name: inout [UInt8]
    ) {
        name += "dw:{".utf8
        unsafe withUnsafeBytes(of: partition.words) { unsafe Hex.append($0, to: &name) }
        name += "}:".utf8
        name.append(UInt8(ascii: sort))
        name.append(UInt8(ascii: ":"))
        unsafe withUnsafeBytes(of: kind.code.bigEndian) { unsafe Hex.append($0, to: &name) }
        guard let id else { return }
        name.append(UInt8(ascii: ":"))
        unsafe id.withUnsafeBytes { unsafe Hex.append($0, to: &name) }
    }

    private static func place(_ partition: Partition, _ sort: Unicode.Scalar, _ kind: RecordKind, _ id: RecordID?)
        -> [UInt8]
    {
        var name: [UInt8] = []
        name.reserveCapacity(112)
        append(partition, sort, kind, id, to: &name)
        return name
    }

    /// The same as ``record(_:)``, behind what is there.
    static func append(record key: RecordKey, to bytes: inout [UInt8]) {
        append(key.partition, "r", key.kind, key.id, to: &bytes)
    }

    /// How many bytes a record's name has.
    static func length(ofRecord key: RecordKey) -> Int { 45 + 2 * (unsafe key.id.withUnsafeBytes { $0.count }) }

    /// How an id is written in a set of ids.
    static func name(of id: RecordID) -> [UInt8] {
        var name: [UInt8] = []
        unsafe id.withUnsafeBytes { unsafe Hex.append($0, to: &name) }
        return name
    }

    static func record(_ key: RecordKey) -> [UInt8] { place(key.partition, "r", key.kind, key.id) }

    static func counter(_ key: CounterKey) -> [UInt8] { place(key.partition, "c", key.kind, key.id) }

    static func index(_ kind: RecordKind, _ partition: Partition) -> [UInt8] { place(partition, "i", kind, nil) }

    /// The key of the set that lists a record.
    static func index(of key: RecordKey) -> [UInt8] { index(key.kind, key.partition) }

    /// Twenty digits, in the order of the times.
    static func digits(_ time: Timestamp) -> [UInt8] {
        let digits = Array(String(UInt64(bitPattern: time.milliseconds) ^ 1 << 63).utf8)
        return [UInt8](repeating: UInt8(ascii: "0"), count: 20 - digits.count) + digits
    }

    static func time(_ digits: some Collection<UInt8>) -> Timestamp? {
        guard digits.count == 20 else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            let (tenfold, isOver) = value.multipliedReportingOverflow(by: 10)
            let (sum, isBeyond) = tenfold.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
            guard !isOver, !isBeyond else { return nil }
            value = sum
        }
        return Timestamp(milliseconds: Int64(bitPattern: value ^ 1 << 63))
    }

    /// `nil` for names that are no record's.
    static func recordKey(_ name: [UInt8]) -> RecordKey? {
        let parts = String(decoding: name, as: UTF8.self).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "dw", parts[2] == "r", parts[1].hasPrefix("{"), parts[1].hasSuffix("}"),
            let partition = Hex.decode(parts[1].dropFirst().dropLast()).flatMap({ Partition(bytes: $0) }),
            let code = Hex.decode(parts[3]), code.count == 2, let id = Hex.decode(parts[4]).flatMap({ RecordID($0) })
        else { return nil }
        return RecordKey(RecordKind(code: UInt16(code[0]) << 8 | UInt16(code[1])), in: partition, id: id)
    }

    /// What a record's bytes say of its key. It tells accidents, not forgeries.
    static func mark(_ key: RecordKey) -> [UInt8] {
        unsafe withUnsafeBytes(of: key.folded.bigEndian) { unsafe Array($0) }
    }

    /// - Throws: `corrupt` for bytes that are no record, or another key's.
    static func decode(_ bytes: UnsafeRawBufferPointer, as key: RecordKey) throws(StoreError) -> StoredRecord {
        guard bytes.count >= headLength,
            let version = unsafe CommitID(bytes: UnsafeRawBufferPointer(rebasing: bytes[..<16]))
        else { throw StoreError(.corrupt, "a value is not a record") }
        let end = unsafe bytes[16..<36]
        var expiresAt: Timestamp?
        if unsafe !end.elementsEqual(never) {
            guard let time = unsafe time(end) else { throw StoreError(.corrupt, "a record's end is not a time") }
            expiresAt = time
        }
        guard unsafe bytes[36..<headLength].reduce(0, { $0 << 8 | UInt64($1) }) == key.folded else {
            throw StoreError(.corrupt, "a value is another key's record")
        }
        return StoredRecord(
            key: key, value: unsafe Array(bytes[headLength...]), version: version, expiresAt: expiresAt)
    }

    static func decode(_ bytes: [UInt8], as key: RecordKey) throws(StoreError) -> StoredRecord {
        try unsafe bytes.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in try unsafe decode(bytes, as: key) }
        }.get()
    }
}
#endif
