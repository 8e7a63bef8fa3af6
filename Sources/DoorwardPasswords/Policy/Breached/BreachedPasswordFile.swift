// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

/// A compact file of breached passwords on this machine: a lookup asks nobody, and reads one block of the file.
///
/// It holds some bits of each digest, not the digests: 22 to 23.5 bits each at the usual rate of false answers, which is
/// ``falsePositiveRate``; a listed password is always found. *Damage is noticed:* every lookup verifies the block it
/// reads, opening verifies the header, ``verify(progress:)`` everything; what is damaged gives an error and no answer.
///
/// The file is read, not mapped: one that is cut short while it is mapped kills the process. Replace it by renaming
/// another over it; an open one goes on reading what it opened. Made by ``build(from:to:falsePositiveBits:progress:)``.
public final class BreachedPasswordFile: BreachedPasswordSource {
    /// Number of values in the file.
    public let count: UInt64
    /// The probability that a password which is not in the list is taken for one.
    public let falsePositiveRate: Double
    private let file: OpenFile
    private let format: BreachFormat
    private let queue: BatchQueue<PasswordDigest, Result<Bool, BreachedPasswordError>>

    private static let longestBlock = 1 << 20

    /// Opens a file.
    ///
    /// - Throws: For a file that cannot be read, is none of these, or is damaged in its header or cut short.
    public init(path: String) throws(BreachedPasswordError) {
        let file = try OpenFile(path)
        let (format, count, length) = try BreachFormat.read(try file.read(BreachFormat.headerLength, at: 0))
        guard try file.length() == length else {
            throw BreachedPasswordError(reason: "the list is not as long as it should be")
        }
        self.file = file
        self.format = format
        self.count = count
        falsePositiveRate = Double(count) / Double(UInt64(1) << UInt64(format.valueBits))
        // A disk may take its time, so lookups have a thread of their own.
        queue = BatchQueue(.init(name: "doorward.breach", threads: 1, capacity: 256)) { digests in
            digests.map { digest in
                Result { () throws(BreachedPasswordError) in try Self.lookUp(digest, format, file) }
            }
        }
    }

    public func contains(_ digest: PasswordDigest) async throws(BreachedPasswordError) -> Bool {
        guard let place = queue.admit() else { throw BreachedPasswordError(reason: "too many wait for the list") }
        let result: Result<Bool, BreachedPasswordError>
        do throws(QueueRefusal) {
            result = try await queue.run(digest, in: place, deadline: .now.advanced(by: .seconds(10)))
        } catch { throw BreachedPasswordError(reason: "a lookup in the list waited too long") }
        return try result.get()
    }

    /// Reads everything and compares it with its checksums. Blocks.
    ///
    /// - Parameter progress: Told, now and then, which part of it is done, from 0 to 1.
    public func verify(progress: (Double) -> Void = { _ in }) throws(BreachedPasswordError) {
        var found: UInt64 = 0
        var next = UInt64(format.indexEnd)
        for number in 0..<format.blocks {
            if number & 0xFFF == 0 { progress(Double(number) / Double(format.blocks)) }
            let (block, place) = try Self.block(number, format, file)
            guard place.lowerBound == next else { throw BreachFormat.damaged }
            next = place.upperBound
            var before: UInt64?
            let (isAscending, counted) = try format.values(of: block) { value in
                defer { before = value }
                return before.map { $0 < value } ?? true
            }
            guard isAscending else { throw BreachFormat.damaged }
            found += counted
        }
        let last = try file.read(BreachFormat.entryLength, at: format.indexEnd - BreachFormat.entryLength)
        guard found == count, try file.length() == next, last == littleEndian(next) + littleEndian(0) else {
            throw BreachFormat.damaged
        }
        progress(1)
    }

    private static func lookUp(_ digest: PasswordDigest, _ format: BreachFormat, _ file: OpenFile)
        throws(BreachedPasswordError) -> Bool
    {
        let head = digest.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let (number, rest) = format.place(of: head)
        return try format.contains(rest, in: try block(number, format, file).bytes)
    }

    private static func block(_ number: Int, _ format: BreachFormat, _ file: OpenFile)
        throws(BreachedPasswordError) -> (bytes: [UInt8], place: Range<UInt64>)
    {
        let length = BreachFormat.entryLength
        let entries = try file.read(2 * length, at: BreachFormat.headerLength + number * length)
        let (begin, end) = (BreachFormat.number(entries[0..<8]), BreachFormat.number(entries[16..<24]))
        guard begin >= UInt64(format.indexEnd), begin <= end, end - begin <= UInt64(longestBlock),
            let first = Int(exactly: begin)
        else { throw BreachFormat.damaged }
        let block = try file.read(Int(end - begin), at: first)
        guard BreachFormat.checksum(block, number: number) == Array(entries[8..<16]) else { throw BreachFormat.damaged }
        return (block, begin..<end)
    }
}
