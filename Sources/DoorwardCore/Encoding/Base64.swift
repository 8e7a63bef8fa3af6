// SPDX-License-Identifier: Apache-2.0

/// Base 64 (RFC 4648 § 4 and § 5), strict both ways.
///
/// Decoding accepts exactly what encoding makes: the right padding or none, as asked, no white space, and zero spare
/// bits. So no two texts decode to the same bytes.
package struct Base64: Sendable {
    private let alphabet: [UInt8]
    private let values: [UInt8]
    private let padded: Bool

    /// For tokens: `-` and `_`, no padding (RFC 4648 § 5).
    package static let urlSafe = Base64(last: "-_", padded: false)
    /// For PHC strings: `+` and `/`, no padding.
    package static let unpadded = Base64(last: "+/", padded: false)
    /// The common form (RFC 4648 § 4).
    package static let standard = Base64(last: "+/", padded: true)

    private init(last: String, padded: Bool) {
        alphabet = Array(("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + last).utf8)
        var values = [UInt8](repeating: 255, count: 256)
        for (value, symbol) in alphabet.enumerated() { values[Int(symbol)] = UInt8(value) }
        self.values = values
        self.padded = padded
    }

    package func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 4 / 3 + 4)
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = (buffer & 0x3F) << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(buffer >> UInt32(bits)) & 63])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << UInt32(6 - bits)) & 63]) }
        while padded, text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return String(decoding: text, as: UTF8.self)
    }

    package func decode(_ text: some StringProtocol) -> [UInt8]? { decode(ArraySlice(text.utf8)) }

    /// The bytes of a text in ASCII; `nil` for anything that encoding would not make.
    package func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var count: Int?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: text.count * 3 / 4 + 1) { bytes, filled in
            count = unsafe text.withUnsafeBufferPointer {
                unsafe decode($0, into: UnsafeMutableRawBufferPointer(bytes))
            }
            filled = count ?? 0
        }
        return count == nil ? nil : bytes
    }

    /// The same into memory of the caller's, which has room for three bytes for four symbols; returns how many they are.
    package func decode(_ text: UnsafeBufferPointer<UInt8>, into bytes: UnsafeMutableRawBufferPointer) -> Int? {
        var symbols = unsafe text[...]
        if padded {
            guard unsafe symbols.count % 4 == 0 else { return nil }
            for _ in 0..<2 where unsafe symbols.last == UInt8(ascii: "=") { unsafe symbols.removeLast() }
        }
        guard unsafe symbols.count % 4 != 1, unsafe symbols.count * 3 / 4 <= bytes.count else { return nil }
        var filled = 0
        // Four symbols make three bytes; what is no symbol has the value 255.
        let fours = unsafe symbols.count / 4 * 4
        var place = 0
        while place < fours {
            let (a, b, c, d) = unsafe (
                values[Int(text[place])], values[Int(text[place + 1])], values[Int(text[place + 2])],
                values[Int(text[place + 3])]
            )
            guard a | b | c | d < 64 else { return nil }
            unsafe bytes[filled] = a << 2 | b >> 4
            unsafe bytes[filled + 1] = b << 4 | c >> 2
            unsafe bytes[filled + 2] = c << 6 | d
            place += 4
            filled += 3
        }
        var buffer: UInt32 = 0
        var bits = 0
        while unsafe place < symbols.count {
            let value = unsafe values[Int(text[place])]
            place += 1
            guard value < 64 else { return nil }
            buffer = (buffer & 0x3FF) << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                unsafe bytes[filled] = UInt8(truncatingIfNeeded: buffer >> UInt32(bits))
                filled += 1
            }
        }
        return buffer & ((1 << UInt32(bits)) - 1) == 0 ? filled : nil
    }
}
