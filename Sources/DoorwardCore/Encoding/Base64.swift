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
        var symbols = text
        if padded {
            guard symbols.count % 4 == 0 else { return nil }
            for _ in 0..<2 where symbols.last == UInt8(ascii: "=") { symbols.removeLast() }
        }
        guard symbols.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(symbols.count * 3 / 4)
        // Four symbols make three bytes; what is no symbol has the value 255.
        let fours = symbols.startIndex + symbols.count / 4 * 4
        var place = symbols.startIndex
        while place < fours {
            let (a, b, c, d) = (
                values[Int(symbols[place])], values[Int(symbols[place + 1])], values[Int(symbols[place + 2])],
                values[Int(symbols[place + 3])]
            )
            guard a | b | c | d < 64 else { return nil }
            bytes.append(a << 2 | b >> 4)
            bytes.append(b << 4 | c >> 2)
            bytes.append(c << 6 | d)
            place += 4
        }
        var buffer: UInt32 = 0
        var bits = 0
        for symbol in symbols[place...] {
            let value = values[Int(symbol)]
            guard value < 64 else { return nil }
            buffer = (buffer & 0x3FF) << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        return buffer & ((1 << UInt32(bits)) - 1) == 0 ? bytes : nil
    }
}
