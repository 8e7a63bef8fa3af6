// SPDX-License-Identifier: Apache-2.0

/// Sixteen bytes without an allocation, compared as bytes.
@usableFromInline struct SixteenBytes: Hashable, Sendable, Comparable {
    @usableFromInline let high: UInt64
    @usableFromInline let low: UInt64

    /// `nil` unless there are 16 bytes.
    @inlinable
    init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.init(first: bytes)
    }

    /// The first sixteen; zeros where there are fewer.
    @inlinable
    init(first bytes: some Collection<UInt8>) {
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        var place: UInt64 = 0
        for byte in bytes {
            if place < 8 {
                halves.high |= UInt64(byte) << (56 - 8 * place)
            } else if place < 16 {
                halves.low |= UInt64(byte) << (120 - 8 * place)
            } else {
                break
            }
            place += 1
        }
        (high, low) = halves
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
    @usableFromInline let high: SixteenBytes
    @usableFromInline let low: SixteenBytes

    /// The first thirty-two; zeros where there are fewer.
    @inlinable
    init(first bytes: some Collection<UInt8>) {
        high = SixteenBytes(first: bytes.prefix(16))
        low = SixteenBytes(first: bytes.dropFirst(16))
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
