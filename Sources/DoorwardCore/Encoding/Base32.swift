// SPDX-License-Identifier: Apache-2.0

/// Base 32 (RFC 4648 § 6): how a shared secret looks to a person.
public enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    /// Upper case; padded with `=` to a multiple of eight only when asked.
    public static func encode(_ bytes: some Sequence<UInt8>, padded: Bool = false) -> String {
        var text: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = (buffer & 0x1F) << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[Int(buffer >> UInt32(bits)) & 31])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << UInt32(5 - bits)) & 31]) }
        while padded, text.count % 8 != 0 { text.append(UInt8(ascii: "=")) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Strict: the whole text is letters of one case or the other and digits 2 to 7, padding complete or absent, and
    /// the spare bits of the last character zero, so that no two texts of one padding decode to the same bytes but for
    /// case. `nil` for anything else.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var symbols = ArraySlice(text.utf8)
        if symbols.last == UInt8(ascii: "=") {
            guard symbols.count % 8 == 0 else { return nil }
            let padding = symbols.reversed().prefix { $0 == UInt8(ascii: "=") }.count
            guard [1, 3, 4, 6].contains(padding) else { return nil }
            symbols = symbols.dropLast(padding)
        }
        guard ![1, 3, 6].contains(symbols.count % 8) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(symbols.count * 5 / 8)
        var buffer: UInt32 = 0
        var bits = 0
        for symbol in symbols {
            let value: UInt8
            switch symbol {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = symbol - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = symbol - UInt8(ascii: "a")
            case UInt8(ascii: "2")...UInt8(ascii: "7"): value = symbol - UInt8(ascii: "2") + 26
            default: return nil
            }
            buffer = (buffer << 5 | UInt32(value)) & 0xFFF
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        return buffer & ((1 << UInt32(bits)) - 1) == 0 ? bytes : nil
    }
}
