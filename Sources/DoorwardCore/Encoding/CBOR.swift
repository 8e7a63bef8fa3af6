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

    /// A number as wide as its type, most significant byte first.
    private mutating func word<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) throws(CBORError) -> T {
        let width = MemoryLayout<T>.size
        guard width <= bytes.count - offset else { throw CBORError(reason: "truncated") }
        defer { offset += width }
        return T(bigEndian: unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
    }

    private mutating func head(_ major: UInt8) throws(CBORError) -> UInt64 {
        let initial = try byte()
        guard initial >> 5 == major else { throw CBORError(reason: "another type") }
        let short = initial & 31
        return short < 24 ? UInt64(short) : try long(short)
    }

    private mutating func long(_ short: UInt8) throws(CBORError) -> UInt64 {
        let (value, floor): (UInt64, UInt64) =
            switch short {
            case 24: (UInt64(try word(UInt8.self)), 24)
            case 25: (UInt64(try word(UInt16.self)), 0x100)
            case 26: (UInt64(try word(UInt32.self)), 0x1_0000)
            case 27: (try word(UInt64.self), 0x1_0000_0000)
            default: throw CBORError(reason: "reserved or indefinite length")
            }
        guard value >= floor else { throw CBORError(reason: "not the shortest form") }
        return value
    }

    /// Where the bytes of a string are, which is as long as it says.
    private mutating func take(_ major: UInt8) throws(CBORError) -> Range<Int> {
        let length = try head(major)
        guard length <= UInt64(bytes.count - offset) else { throw CBORError(reason: "truncated") }
        let start = offset
        offset += Int(length)
        return start..<offset
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
    package mutating func byteString() throws(CBORError) -> [UInt8] { Array(bytes[try take(2)]) }
    package mutating func byteString(count: Int) throws(CBORError) -> [UInt8] {
        let place = try take(2)
        guard place.count == count else { throw CBORError(reason: "another length") }
        return Array(bytes[place])
    }
    /// Lends a byte string where it lies.
    package mutating func withByteString<R>(_ body: (UnsafeRawBufferPointer) -> R) throws(CBORError) -> R {
        let place = try take(2)
        return unsafe bytes.withUnsafeBytes { unsafe body(UnsafeRawBufferPointer(rebasing: $0[place])) }
    }
    package mutating func text() throws(CBORError) -> String {
        guard let text = String(validating: bytes[try take(3)], as: UTF8.self) else {
            throw CBORError(reason: "not UTF-8")
        }
        return text
    }
    /// Takes a text of fewer than 24 bytes if it comes next.
    package mutating func takes(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard length < 24, length < bytes.count - offset, bytes[offset] == 3 << 5 | UInt8(length) else { return false }
        for place in 0..<length where unsafe bytes[offset + 1 + place] != text.utf8Start[place] { return false }
        offset += 1 + length
        return true
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
    private mutating func takesNull() -> Bool {
        guard offset < bytes.count, bytes[offset] == 0xF6 else { return false }
        offset += 1
        return true
    }
    package mutating func optional<T>(_ read: (inout CBORReader) throws(CBORError) -> T) throws(CBORError) -> T? {
        takesNull() ? nil : try read(&self)
    }
    package mutating func optionalTimestamp() throws(CBORError) -> Timestamp? { takesNull() ? nil : try timestamp() }
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
