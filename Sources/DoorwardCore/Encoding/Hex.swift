// SPDX-License-Identifier: Apache-2.0

/// Base 16, lower case: how ids are written.
public enum Hex {
    @specialized(where S == [UInt8])
    @specialized(where S == ArraySlice<UInt8>)
    public static func encode<S: Collection<UInt8>>(_ bytes: S) -> String {
        unsafe String(unsafeUninitializedCapacity: 2 * bytes.count) { buffer in
            var place = 0
            for byte in bytes {
                unsafe buffer[place] = digit(byte >> 4)
                unsafe buffer[place + 1] = digit(byte & 15)
                place += 2
            }
            return place
        }
    }

    /// The same, behind what is there.
    package static func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        text.append(addingCapacity: 2 * bytes.count) { text in
            for place in 0..<bytes.count {
                let byte = unsafe bytes[place]
                text.append(digit(byte >> 4))
                text.append(digit(byte & 15))
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }

    /// Pairs of digits, lower case only; `nil` for anything else.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let symbols = Array(text.utf8)
        guard symbols.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(symbols.count / 2)
        var high: UInt8?
        for symbol in symbols {
            let value: UInt8
            switch symbol {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = symbol - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = symbol - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }
}
