// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

extension BreachedPasswordFile {
    /// Makes a file out of a public list, such as the one of Have I Been Pwned: SHA-1 digests in ascending order, one a
    /// line, in hexadecimal, with `:` and a number behind or not. Blocks. Takes some 200 bytes of memory for a thousand lines.
    ///
    /// *All or nothing:* the file appears, whole, at the end, in place of one that was there.
    ///
    /// - Parameters:
    ///   - falsePositiveBits: The usual 20 let one in a million passwords be refused wrongly, at 22 to 23.5 bits each.
    ///     From 8 to 32.
    ///   - progress: Told, now and then, which part of it is done, from 0 to 1.
    /// - Returns: The number of values; equal lines count once.
    /// - Throws: For a file that cannot be read or written, a line that is no digest (by its number, never quoted), one
    ///   out of order, and an empty list.
    @discardableResult
    public static func build(
        from list: String, to path: String, falsePositiveBits: Int = 20, progress: (Double) -> Void = { _ in }
    ) throws(BreachedPasswordError) -> UInt64 {
        guard (8...32).contains(falsePositiveBits) else {
            throw BreachedPasswordError(reason: "the false-positive bits are 8 to 32")
        }
        let input = try OpenFile(list)
        // The first time to count, the second to write.
        let lines = try DigestLines.count(in: input) { progress($0 / 2) }
        guard lines > 0 else { throw BreachedPasswordError(reason: "the list is empty") }
        guard let format = BreachFormat(count: lines, falsePositiveBits: falsePositiveBits) else {
            throw BreachedPasswordError(reason: "the list is too long for so few false positives")
        }
        let output = try NewFile(besides: path)
        var blocks = BlockWriter(format: format, file: output)
        try DigestLines.forEach(in: input, progress: { progress(0.5 + $0 / 2) }) {
            head throws(BreachedPasswordError) in try blocks.append(head)
        }
        let count = try blocks.finish()
        try output.install(at: path)
        progress(1)
        return count
    }
}

/// Collects values into blocks, and the blocks into a file.
private struct BlockWriter {
    let format: BreachFormat
    let file: NewFile
    private var number = 0
    private var rests: [UInt64] = []
    private var index: [UInt8] = []
    private var count: UInt64 = 0
    private var end: Int

    init(format: BreachFormat, file: NewFile) {
        self.format = format
        self.file = file
        end = format.indexEnd
    }

    mutating func append(_ head: UInt64) throws(BreachedPasswordError) {
        let place = format.place(of: head)
        while number < place.block { try finishBlock() }
        guard rests.last != place.rest else { return }
        rests.append(place.rest)
        count += 1
        // A block of digests that are spread evenly has some hundreds.
        guard rests.count < 1 << 16 else {
            throw BreachedPasswordError(reason: "the list's digests are not spread evenly: they are no SHA-1")
        }
    }

    private mutating func finishBlock() throws(BreachedPasswordError) {
        let block = format.block(of: rests)
        index += littleEndian(UInt64(end)) + BreachFormat.checksum(block, number: number)
        try file.write(block, at: end)
        end += block.count
        rests = []
        number += 1
    }

    mutating func finish() throws(BreachedPasswordError) -> UInt64 {
        while number < format.blocks { try finishBlock() }
        index += littleEndian(UInt64(end)) + littleEndian(0)
        try file.write(format.header(count: count, length: UInt64(end)) + index, at: 0)
        return count
    }
}
