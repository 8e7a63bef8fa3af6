// SPDX-License-Identifier: Apache-2.0

/// Sixteen bytes without an allocation, compared as bytes.
@usableFromInline struct SixteenBytes: Hashable, Sendable, Comparable {
    let high: UInt64
    let low: UInt64

    /// `nil` unless there are 16 bytes.
    @usableFromInline
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 16 else { return nil }
        unsafe self.init(first: bytes)
    }

    /// The first sixteen; zeros where there are fewer.
    init(first bytes: UnsafeRawBufferPointer) {
        var words: (UInt64, UInt64) = (0, 0)
        unsafe Swift.withUnsafeMutableBytes(of: &words) { unsafe $0.copyMemory(from: bytes.first(16)) }
        self.init(words: words)
    }

    /// - Parameter words: The bytes as they lie in memory.
    init(words: (UInt64, UInt64)) { (high, low) = (UInt64(bigEndian: words.0), UInt64(bigEndian: words.1)) }

    /// In the order of the bytes, for whoever lends them to C.
    var words: (UInt64, UInt64) { (high.bigEndian, low.bigEndian) }

    var bytes: [UInt8] { unsafe withUnsafeBytes(of: words) { unsafe Array($0) } }

    @usableFromInline static func < (a: SixteenBytes, b: SixteenBytes) -> Bool { (a.high, a.low) < (b.high, b.low) }

    /// Spreads evenly spread bytes over a power of two of shards.
    func shard(of count: Int) -> Int { Int(truncatingIfNeeded: low) & (count - 1) }
}

/// Thirty-two bytes without an allocation, compared as bytes.
@usableFromInline package struct ThirtyTwoBytes: Hashable, Sendable, Comparable {
    let high: SixteenBytes
    let low: SixteenBytes

    /// The first thirty-two; zeros where there are fewer.
    init(first bytes: UnsafeRawBufferPointer) {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        unsafe Swift.withUnsafeMutableBytes(of: &words) { unsafe $0.copyMemory(from: bytes.first(32)) }
        self.init(words: words)
    }

    /// - Parameter words: The bytes as they lie in memory.
    init(words: (UInt64, UInt64, UInt64, UInt64)) {
        high = SixteenBytes(words: (words.0, words.1))
        low = SixteenBytes(words: (words.2, words.3))
    }

    /// In the order of the bytes, for whoever lends them to C.
    var words: (UInt64, UInt64, UInt64, UInt64) {
        let (first, second) = (high.words, low.words)
        return (first.0, first.1, second.0, second.1)
    }

    @usableFromInline package static func < (a: ThirtyTwoBytes, b: ThirtyTwoBytes) -> Bool {
        (a.high, a.low) < (b.high, b.low)
    }
}

extension UnsafeRawBufferPointer {
    /// At most so many of them.
    func first(_ most: Int) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: baseAddress, count: Swift.min(count, most))
    }
}

extension Collection<UInt8> {
    /// Lends the bytes as they lie in memory, copied together where they do not.
    @inlinable
    func withRawBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        if let result = withContiguousStorageIfAvailable({ unsafe body(UnsafeRawBufferPointer($0)) }) {
            return result
        }
        return unsafe Array(self).withUnsafeBytes(body)
    }
}
