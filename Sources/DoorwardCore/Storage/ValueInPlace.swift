// SPDX-License-Identifier: Apache-2.0

/// A record's value where its entry in a table is, if it has no more than 96 bytes, as a session has.
///
/// An array of its own is one more place to fetch from memory, and to count references in: among a million sessions that
/// is a sixth of a session check.
enum ValueInPlace: Sendable {
    case inPlace(InlineArray<96, UInt8>, count: UInt8)
    case apart([UInt8])

    init(_ value: [UInt8]) {
        var bytes = InlineArray<96, UInt8>(repeating: 0)
        guard let count = UInt8(exactly: value.count), value.count <= bytes.count else {
            self = .apart(value)
            return
        }
        for place in value.indices { bytes[place] = value[place] }
        self = .inPlace(bytes, count: count)
    }

    var bytes: [UInt8] {
        switch self {
        case .inPlace(let bytes, let count): unsafe withUnsafeBytes(of: bytes) { unsafe Array($0.first(Int(count))) }
        case .apart(let bytes): bytes
        }
    }
}
