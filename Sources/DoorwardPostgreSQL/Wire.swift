// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
import DoorwardCore

/// What has one of PostgreSQL's binary forms (its manual, chapter *Frontend/Backend Protocol*).
protocol WireValue {
    /// The type's object id, fixed for ever in PostgreSQL's catalogue.
    static var typeID: Int32 { get }
    var length: Int { get }
    func append(to bytes: inout [UInt8])
}

extension Int32: WireValue {
    static var typeID: Int32 { 23 }
    var length: Int { 4 }
    func append(to bytes: inout [UInt8]) { unsafe withUnsafeBytes(of: bigEndian) { unsafe bytes += $0 } }
}

extension Int64: WireValue {
    static var typeID: Int32 { 20 }
    var length: Int { 8 }
    func append(to bytes: inout [UInt8]) { unsafe withUnsafeBytes(of: bigEndian) { unsafe bytes += $0 } }
}

/// `bytea`.
extension [UInt8]: WireValue {
    static var typeID: Int32 { 17 }
    var length: Int { count }
    func append(to bytes: inout [UInt8]) { bytes += self }
}

extension RecordKind: WireValue {
    static var typeID: Int32 { Int32.typeID }
    var length: Int { 4 }
    func append(to bytes: inout [UInt8]) { Int32(code).append(to: &bytes) }
}

extension Partition: WireValue {
    static var typeID: Int32 { [UInt8].typeID }
    var length: Int { 16 }
    func append(to bytes: inout [UInt8]) { unsafe withUnsafeBytes(of: words) { unsafe bytes += $0 } }
}

extension RecordID: WireValue {
    static var typeID: Int32 { [UInt8].typeID }
    var length: Int { unsafe withUnsafeBytes { $0.count } }
    func append(to bytes: inout [UInt8]) { unsafe withUnsafeBytes { unsafe bytes += $0 } }
}

extension CommitID: WireValue {
    static var typeID: Int32 { [UInt8].typeID }
    var length: Int { 16 }
    func append(to bytes: inout [UInt8]) { unsafe withUnsafeBytes(of: words) { unsafe bytes += $0 } }
}

/// The parameters of a statement in binary form, one behind the other.
struct Parameters {
    private typealias Lengths = InlineArray<10, Int32>
    static var most: Int { Lengths.count }

    private var bytes: [UInt8] = []
    /// Of each parameter; -1 for NULL.
    private var lengths = Lengths(repeating: -1)
    private var count = 0

    init() { bytes.reserveCapacity(64) }

    mutating func add(_ value: (some WireValue)?) {
        value?.append(to: &bytes)
        add(length: Self.length(of: value))
    }

    /// Three: partition, kind and id.
    mutating func add(_ key: RecordKey) {
        add(key.partition)
        add(key.kind)
        add(key.id)
    }

    /// Of one dimension, which counts from 1.
    mutating func add<Element: WireValue>(array values: [Element?]) {
        let start = bytes.count
        let hasNulls: Int32 = values.contains { $0 == nil } ? 1 : 0
        for number in [values.isEmpty ? 0 : 1, hasNulls, Element.typeID] { number.append(to: &bytes) }
        if !values.isEmpty {
            for number in [Int32(clamping: values.count), 1] { number.append(to: &bytes) }
        }
        for value in values {
            Self.length(of: value).append(to: &bytes)
            value?.append(to: &bytes)
        }
        add(length: Int32(clamping: bytes.count - start))
    }

    private mutating func add(length: Int32) {
        // A statement with too few is refused by the server.
        guard count < Self.most else { return }
        lengths[count] = length
        count += 1
    }

    /// Lends where each parameter begins, and the lengths.
    func withPointers<R>(
        _ body: (UnsafeMutableBufferPointer<UnsafePointer<CChar>?>, UnsafeBufferPointer<Int32>) -> R
    ) -> R {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: Self.most) { places in
                var place = unsafe bytes.bindMemory(to: CChar.self).baseAddress
                for number in 0..<count {
                    let length = lengths[number]
                    unsafe places.initializeElement(at: number, to: length < 0 ? nil : place)
                    if length > 0 { unsafe place = place?.advanced(by: Int(length)) }
                }
                return unsafe lengths.span.withUnsafeBufferPointer { lengths in
                    unsafe body(
                        UnsafeMutableBufferPointer(rebasing: places[..<count]),
                        UnsafeBufferPointer(rebasing: lengths[..<count]))
                }
            }
        }
    }

    private static func length(of value: (some WireValue)?) -> Int32 { value.map { Int32(clamping: $0.length) } ?? -1 }
}
#endif
