// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

// A file of breached passwords: header, index, blocks.
//
//   header  64 bytes   "DWBREACH", version 1, value bits b, block bits k, Rice bits r, four zeros, number of values n
//                      (8 bytes), length of the file (8), SHA-256 of those 32
//   index   16 bytes for each of the 2^k blocks: where it begins (8), the first 8 bytes of its SHA-256; then 16 more:
//           where the last one ends, zeros
//   blocks  number of values (4 bytes), then each as its distance from the one before in Rice coding: the distance
//           divided by 2^r in unary (ones and a zero), the remainder in r bits; zeros up to the byte
//
// Numbers are little-endian, bits most significant first. A digest's value is its first b bits; the first k of those
// choose the block, the block holds the others, ascending. Digests are spread evenly, so values are too: a password that
// is not in the list is taken for one with probability n / 2^b, and a value costs r + 1.5 to r + 2.5 bits.

/// What all parts of a file are computed from.
struct BreachFormat: Hashable {
    static let headerLength = 64
    static let entryLength = 16
    static let version: UInt8 = 1
    private static let magic = Array("DWBREACH".utf8)

    let valueBits: Int
    let blockBits: Int
    let riceBits: Int

    /// For so many digests, and one false answer in 2^`falsePositiveBits`; about 512 values a block.
    init?(count: Int, falsePositiveBits: Int) {
        let countBits = Int.bitWidth - max(1, count - 1).leadingZeroBitCount
        self.init(
            valueBits: countBits + falsePositiveBits, blockBits: max(0, countBits - 9), riceBits: falsePositiveBits)
    }

    private init?(valueBits: Int, blockBits: Int, riceBits: Int) {
        guard (1...63).contains(valueBits), (0...30).contains(blockBits), (1...40).contains(riceBits),
            blockBits + riceBits <= valueBits
        else { return nil }
        self.valueBits = valueBits
        self.blockBits = blockBits
        self.riceBits = riceBits
    }

    var blocks: Int { 1 << blockBits }
    var indexEnd: Int { Self.headerLength + (blocks + 1) * Self.entryLength }
    private var restBits: Int { valueBits - blockBits }

    /// Where a digest that begins with these eight bytes is looked for: its block, and what the block calls it.
    func place(of head: UInt64) -> (block: Int, rest: UInt64) {
        let value = head >> UInt64(64 - valueBits)
        return (Int(value >> UInt64(restBits)), value & ((1 << UInt64(restBits)) - 1))
    }

    // MARK: Header

    func header(count: UInt64, length: UInt64) -> [UInt8] {
        let fields =
            Self.magic + [Self.version, UInt8(valueBits), UInt8(blockBits), UInt8(riceBits), 0, 0, 0, 0]
            + littleEndian(count) + littleEndian(length)
        return fields + HashFunction.sha256.hash(fields)
    }

    static func read(_ header: [UInt8]) throws(BreachedPasswordError) -> (
        format: BreachFormat, count: UInt64, length: UInt64
    ) {
        guard header.count == headerLength, Array(header[..<8]) == magic else {
            throw BreachedPasswordError(reason: "the file is no list of breached passwords")
        }
        guard header[8] == version else {
            throw BreachedPasswordError(reason: "the list is of a version that this Doorward does not know")
        }
        guard Array(header[32...]) == HashFunction.sha256.hash(Array(header[..<32])),
            let format = BreachFormat(
                valueBits: Int(header[9]), blockBits: Int(header[10]), riceBits: Int(header[11]))
        else { throw BreachedPasswordError(reason: "the list's header is damaged") }
        return (format, number(header[16..<24]), number(header[24..<32]))
    }

    // MARK: Blocks

    /// - Parameter rests: Ascending, each once.
    func block(of rests: [UInt64]) -> [UInt8] {
        var writer = BitWriter()
        var before: UInt64 = 0
        for rest in rests {
            writer.append(distance: rest - before, riceBits: riceBits)
            before = rest
        }
        return Array(littleEndian(UInt64(rests.count)).prefix(4)) + writer.bytes
    }

    /// Whether a block holds a value.
    ///
    /// - Throws: For bytes that are no block.
    func contains(_ wanted: UInt64, in block: [UInt8]) throws(BreachedPasswordError) -> Bool {
        var isThere = false
        _ = try values(of: block) { value in
            isThere = value == wanted
            return value < wanted
        }
        return isThere
    }

    /// Hands over the values while they are wanted.
    ///
    /// - Returns: Whether all were, and how many the block is to have.
    func values(of block: [UInt8], while isWanted: (UInt64) -> Bool)
        throws(BreachedPasswordError) -> (all: Bool, count: UInt64)
    {
        guard block.count >= 4 else { throw Self.damaged }
        let count = Self.number(block[..<4])
        var reader = BitReader(block, from: 4)
        var value: UInt64 = 0
        for _ in 0..<count {
            guard let distance = reader.distance(riceBits: riceBits) else { throw Self.damaged }
            let (next, overflow) = value.addingReportingOverflow(distance)
            guard !overflow, next >> UInt64(restBits) == 0 else { throw Self.damaged }
            value = next
            guard isWanted(value) else { return (false, count) }
        }
        return (true, count)
    }

    /// What an index entry says of a block. The number is a part of it: blocks that changed places are found.
    static func checksum(_ block: [UInt8], number: Int) -> [UInt8] {
        Array(HashFunction.sha256.hash(littleEndian(UInt64(number)) + block).prefix(8))
    }

    static let damaged = BreachedPasswordError(reason: "a block of the list is damaged: build it anew")

    static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// Eight bytes, least significant first.
func littleEndian(_ value: UInt64) -> [UInt8] { bigEndianBytes(value).reversed() }

/// Appends bits, most significant first.
private struct BitWriter {
    private(set) var bytes: [UInt8] = []
    private var free = 0

    private mutating func append(_ bit: Bool) {
        if free == 0 {
            bytes.append(0)
            free = 8
        }
        free -= 1
        if bit { bytes[bytes.count - 1] |= 1 << UInt8(free) }
    }

    mutating func append(distance: UInt64, riceBits: Int) {
        for _ in 0..<(distance >> UInt64(riceBits)) { append(true) }
        append(false)
        for place in stride(from: riceBits - 1, through: 0, by: -1) { append(distance >> UInt64(place) & 1 == 1) }
    }
}

/// Takes bits from the front.
private struct BitReader {
    private let bytes: [UInt8]
    private var place: Int

    init(_ bytes: [UInt8], from first: Int) {
        self.bytes = bytes
        place = first * 8
    }

    private mutating func bit() -> UInt64? {
        guard place < bytes.count * 8 else { return nil }
        defer { place += 1 }
        return UInt64(bytes[place / 8] >> UInt8(7 - place % 8) & 1)
    }

    /// `nil` past the end.
    mutating func distance(riceBits: Int) -> UInt64? {
        var quotient: UInt64 = 0
        while let bit = bit() {
            guard bit == 0 else {
                quotient += 1
                continue
            }
            var remainder: UInt64 = 0
            for _ in 0..<riceBits {
                guard let bit = self.bit() else { return nil }
                remainder = remainder << 1 | bit
            }
            // As many ones as a block has bits do not overflow: blocks are cut to a megabyte before.
            return quotient << UInt64(riceBits) | remainder
        }
        return nil
    }
}
