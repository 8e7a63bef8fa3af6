// SPDX-License-Identifier: Apache-2.0

/// Percent-encoding (RFC 3986 § 2.1), strict.
enum PercentEncoding {
    private static let hex = Array("0123456789ABCDEF".utf8)

    /// Everything but unreserved characters (RFC 3986 § 2.3) is encoded.
    static func encode(_ text: String) -> String {
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                out.append(byte)
            default: out += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// `nil` for a broken escape, a byte outside printable ASCII, or what does not decode to UTF-8 without controls.
    static func decode(_ text: some StringProtocol) -> String? {
        var out: [UInt8] = []
        var symbols = text.utf8.makeIterator()
        while let symbol = symbols.next() {
            guard symbol == UInt8(ascii: "%") else {
                guard (0x21...0x7E).contains(symbol) else { return nil }
                out.append(symbol)
                continue
            }
            guard let high = symbols.next().flatMap(digit), let low = symbols.next().flatMap(digit) else { return nil }
            out.append(high << 4 | low)
        }
        guard !out.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
        return String(validating: out, as: UTF8.self)
    }

    private static func digit(_ symbol: UInt8) -> UInt8? {
        switch symbol {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): symbol - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): symbol - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): symbol - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
