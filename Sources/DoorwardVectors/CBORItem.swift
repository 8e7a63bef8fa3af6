// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

/// Any item that our CBOR knows, for comparing with the value a vector names.
enum CBORItem: Hashable, Sendable, Decodable {
    case null
    case bool(Bool)
    case unsigned(UInt64)
    case negative(Int64)
    case bytes([UInt8])
    case text(String)
    case array([CBORItem])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(UInt64.self) {
            self = .unsigned(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .negative(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else {
            self = .array(try container.decode([CBORItem].self))
        }
    }

    /// `nil` for what the reader refuses, or if something follows.
    init?(decoding bytes: [UInt8]) {
        var reader = CBORReader(bytes)
        guard let item = try? Self.read(&reader, depth: 0), (try? reader.end()) != nil else { return nil }
        self = item
    }

    private static func read(_ reader: inout CBORReader, depth: Int) throws(CBORError) -> CBORItem {
        guard depth < 16 else { throw CBORError(reason: "nested too deeply") }
        func attempt<T>(_ read: (inout CBORReader) throws(CBORError) -> T) -> T? {
            var copy = reader
            guard let value = try? read(&copy) else { return nil }
            reader = copy
            return value
        }
        if attempt({ reader throws(CBORError) in try reader.null() }) != nil { return .null }
        if let value = attempt({ reader throws(CBORError) in try reader.bool() }) { return .bool(value) }
        if let value = attempt({ reader throws(CBORError) in try reader.unsigned() }) { return .unsigned(value) }
        if let value = attempt({ reader throws(CBORError) in try reader.byteString() }) { return .bytes(value) }
        if let value = attempt({ reader throws(CBORError) in try reader.text() }) { return .text(value) }
        if let count = attempt({ reader throws(CBORError) in try reader.array() }) {
            var items: [CBORItem] = []
            for _ in 0..<count { items.append(try read(&reader, depth: depth + 1)) }
            return .array(items)
        }
        return .negative(try reader.integer())
    }

    var encoded: [UInt8] {
        var writer = CBORWriter()
        write(to: &writer)
        return writer.bytes
    }

    private func write(to writer: inout CBORWriter) {
        switch self {
        case .null: writer.null()
        case .bool(let value): writer.bool(value)
        case .unsigned(let value): writer.unsigned(value)
        case .negative(let value): writer.integer(value)
        case .bytes(let value): writer.byteString(value)
        case .text(let value): writer.text(value)
        case .array(let items):
            writer.array(count: items.count)
            for item in items { item.write(to: &writer) }
        }
    }
}
