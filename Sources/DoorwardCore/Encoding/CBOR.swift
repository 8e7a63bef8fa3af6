// SPDX-License-Identifier: Apache-2.0

// Records are stored as deterministic CBOR (RFC 8949 § 4.2): one array a record, its fields in a fixed order, the first
// of them the schema's version. What ships is what records need: integers, byte and text strings, arrays, booleans and
// null, all of definite length and in their shortest form. The reader refuses everything else, so that each record has
// one encoding.

/// Why bytes are not a record.
package struct CBORError: Error, Hashable, Sendable {
    package let reason: String
    package init(reason: String) { self.reason = reason }
}

/// Appends items to a buffer.
package struct CBORWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() { bytes.reserveCapacity(128) }

    private mutating func head(_ major: UInt8, _ value: UInt64) {
        let type = major << 5
        switch value {
        case 0..<24: bytes.append(type | UInt8(value))
        case ...0xFF: append(type | 24, value, width: 1)
        case ...0xFFFF: append(type | 25, value, width: 2)
        case ...0xFFFF_FFFF: append(type | 26, value, width: 4)
        default: append(type | 27, value, width: 8)
        }
    }

    private mutating func append(_ initial: UInt8, _ value: UInt64, width: Int) {
        bytes.append(initial)
        for position in stride(from: width - 1, through: 0, by: -1) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * position)))
        }
    }

    package mutating func array(count: Int) { head(4, UInt64(count)) }
    package mutating func unsigned(_ value: UInt64) { head(0, value) }
    package mutating func integer(_ value: Int64) {
        // RFC 8949 § 3.1: a negative integer −1 − n is stored as n, which is the complement.
        if value >= 0 { head(0, UInt64(value)) } else { head(1, UInt64(~value)) }
    }
    package mutating func byteString(_ value: [UInt8]) {
        head(2, UInt64(value.count))
        bytes += value
    }
    package mutating func text(_ value: String) {
        let utf8 = Array(value.utf8)
        head(3, UInt64(utf8.count))
        bytes += utf8
    }
    package mutating func bool(_ value: Bool) { bytes.append(value ? 0xF5 : 0xF4) }
    package mutating func null() { bytes.append(0xF6) }

    package mutating func timestamp(_ value: Timestamp) { integer(value.milliseconds) }
    package mutating func optional<T>(_ value: T?, _ write: (inout CBORWriter, T) -> Void) {
        if let value { write(&self, value) } else { null() }
    }
}

/// Takes items from the front of a buffer, each of the type that is asked for, or throws.
package struct CBORReader: Sendable {
    private let bytes: [UInt8]
    private var offset = 0

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    private mutating func byte() throws(CBORError) -> UInt8 {
        guard offset < bytes.count else { throw CBORError(reason: "truncated") }
        defer { offset += 1 }
        return bytes[offset]
    }

    private mutating func head(_ major: UInt8) throws(CBORError) -> UInt64 {
        let initial = try byte()
        guard initial >> 5 == major else { throw CBORError(reason: "another type") }
        let short = initial & 31
        guard short >= 24 else { return UInt64(short) }
        guard short <= 27 else { throw CBORError(reason: "reserved or indefinite length") }
        let width = 1 << Int(short - 24)
        var value: UInt64 = 0
        guard width <= bytes.count - offset else { throw CBORError(reason: "truncated") }
        for place in offset..<offset + width { value = value << 8 | UInt64(bytes[place]) }
        offset += width
        let floor: UInt64 =
            switch short {
            case 24: 24
            case 25: 0x100
            case 26: 0x1_0000
            default: 0x1_0000_0000
            }
        guard value >= floor else { throw CBORError(reason: "not the shortest form") }
        return value
    }

    private mutating func take(_ major: UInt8) throws(CBORError) -> ArraySlice<UInt8> {
        let length = try head(major)
        guard length <= UInt64(bytes.count - offset) else { throw CBORError(reason: "truncated") }
        defer { offset += Int(length) }
        return bytes[offset..<offset + Int(length)]
    }

    /// The number of items that follow as one array; never more than the bytes that are left.
    package mutating func array() throws(CBORError) -> Int {
        let count = try head(4)
        guard count <= UInt64(bytes.count - offset) else { throw CBORError(reason: "truncated") }
        return Int(count)
    }
    package mutating func array(count: Int) throws(CBORError) {
        guard try array() == count else { throw CBORError(reason: "another number of fields") }
    }
    package mutating func unsigned() throws(CBORError) -> UInt64 { try head(0) }
    package mutating func integer() throws(CBORError) -> Int64 {
        guard offset < bytes.count else { throw CBORError(reason: "truncated") }
        let negative = bytes[offset] >> 5 == 1
        guard let value = Int64(exactly: try head(negative ? 1 : 0)) else { throw CBORError(reason: "out of range") }
        return negative ? ~value : value
    }
    package mutating func byteString() throws(CBORError) -> [UInt8] { Array(try take(2)) }
    package mutating func byteString(count: Int) throws(CBORError) -> [UInt8] {
        let value = try take(2)
        guard value.count == count else { throw CBORError(reason: "another length") }
        return Array(value)
    }
    package mutating func text() throws(CBORError) -> String {
        let bytes = try take(3)
        let text = String(decoding: bytes, as: UTF8.self)
        // What is not UTF-8 was repaired, and so differs.
        guard text.utf8.elementsEqual(bytes) else { throw CBORError(reason: "not UTF-8") }
        return text
    }
    package mutating func bool() throws(CBORError) -> Bool {
        switch try byte() {
        case 0xF4: return false
        case 0xF5: return true
        default: throw CBORError(reason: "another type")
        }
    }
    package mutating func null() throws(CBORError) {
        guard try byte() == 0xF6 else { throw CBORError(reason: "another type") }
    }

    package mutating func timestamp() throws(CBORError) -> Timestamp { Timestamp(milliseconds: try integer()) }
    package mutating func optional<T>(_ read: (inout CBORReader) throws(CBORError) -> T) throws(CBORError) -> T? {
        if offset < bytes.count, bytes[offset] == 0xF6 {
            offset += 1
            return nil
        }
        return try read(&self)
    }
    /// A small number, such as a count, that must not be more than `limit`.
    package mutating func count(upTo limit: Int) throws(CBORError) -> Int {
        let value = try unsigned()
        guard value <= UInt64(limit) else { throw CBORError(reason: "out of range") }
        return Int(value)
    }

    /// Nothing may follow the last item.
    package func end() throws(CBORError) {
        guard offset == bytes.count else { throw CBORError(reason: "trailing bytes") }
    }
}
