// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
import DoorwardCore

/// PostgreSQL's binary forms of the types that we use (its manual, chapter *Frontend/Backend Protocol*).
enum Wire {
    /// Object ids of element types, fixed for ever in PostgreSQL's catalogue.
    enum Element: UInt32 {
        case bytea = 17
        case int8 = 20
        case int4 = 23
    }

    static func int4(_ value: Int) -> [UInt8] { bigEndian(UInt64(bitPattern: Int64(value)), count: 4) }
    static func int8(_ value: Int64) -> [UInt8] { bigEndian(UInt64(bitPattern: value), count: 8) }

    /// One dimension, which counts from 1; `nil` is NULL.
    static func array(of element: Element, _ values: [[UInt8]?]) -> [UInt8] {
        let hasNulls = values.contains { $0 == nil }
        var bytes = int4(values.isEmpty ? 0 : 1) + int4(hasNulls ? 1 : 0) + int4(Int(element.rawValue))
        guard !values.isEmpty else { return bytes }
        bytes += int4(values.count) + int4(1)
        for value in values {
            bytes += int4(value?.count ?? -1)
            bytes += value ?? []
        }
        return bytes
    }

    /// A whole number of 1 to 8 bytes; `nil` for anything else.
    static func integer(_ bytes: [UInt8]?) -> Int64? {
        guard let bytes, let first = bytes.first, bytes.count <= 8 else { return nil }
        let start: Int64 = first >= 0x80 ? -1 : 0
        return bytes.reduce(start) { $0 << 8 | Int64($1) }
    }

    private static func bigEndian(_ value: UInt64, count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - $0))) }
    }
}
#endif
