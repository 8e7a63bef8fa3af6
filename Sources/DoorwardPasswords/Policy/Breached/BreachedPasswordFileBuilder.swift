// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import Glibc

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

/// The digests of a list, line by line.
private enum DigestLines {
    private static let step = 1 << 20
    private static let longestLine = 64

    /// An upper bound of the digests.
    static func count(in file: OpenFile, progress: (Double) -> Void) throws(BreachedPasswordError) -> Int {
        var count = 0
        var last: UInt8?
        try pieces(of: file, progress: progress) { piece in
            for byte in piece where byte == UInt8(ascii: "\n") { count += 1 }
            last = piece.last ?? last
        }
        return last == nil || last == UInt8(ascii: "\n") ? count : count + 1
    }

    /// Hands over the first eight bytes of each digest.
    ///
    /// - Throws: For a line that is no digest, or comes before the one above it.
    static func forEach(
        in file: OpenFile, progress: (Double) -> Void, _ body: (UInt64) throws(BreachedPasswordError) -> Void
    ) throws(BreachedPasswordError) {
        var number = 0
        var rest: [UInt8] = []
        var before = Digest()
        func take(_ line: ArraySlice<UInt8>) throws(BreachedPasswordError) {
            number += 1
            guard let digest = Digest(line) else {
                throw BreachedPasswordError(reason: "line \(number) of the list is no SHA-1 digest")
            }
            guard before <= digest else {
                throw BreachedPasswordError(
                    reason: "line \(number) of the list comes before the line above it: sort it with LC_ALL=C sort")
            }
            before = digest
            try body(digest.words.0)
        }
        try pieces(of: file, progress: progress) { piece throws(BreachedPasswordError) in
            let text = rest + piece
            var start = 0
            while let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) {
                try take(text[start..<end])
                start = end + 1
            }
            rest = Array(text[start...])
            guard rest.count <= longestLine else {
                throw BreachedPasswordError(reason: "line \(number + 1) of the list is no SHA-1 digest")
            }
        }
        if !rest.isEmpty { try take(rest[...]) }
    }

    private static func pieces(
        of file: OpenFile, progress: (Double) -> Void, _ body: ([UInt8]) throws(BreachedPasswordError) -> Void
    ) throws(BreachedPasswordError) {
        let length = Double(max(1, try file.length()))
        var offset = 0
        while true {
            let piece = try file.read(step, at: offset, isWhole: false)
            guard !piece.isEmpty else { return }
            offset += piece.count
            try body(piece)
            progress(min(1, Double(offset) / length))
        }
    }

    /// Twenty bytes without an allocation.
    private struct Digest: Comparable {
        let words: (UInt64, UInt64, UInt64)

        init() { words = (0, 0, 0) }

        /// 40 digits of either case; then nothing, or a colon and a number; then a carriage return or not.
        init?(_ line: ArraySlice<UInt8>) {
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard line.count >= 40 else { return nil }
            func word(_ first: Int, _ count: Int) -> UInt64? {
                var word: UInt64 = 0
                for place in first..<first + count {
                    let byte = line[line.startIndex + place]
                    let digit: UInt8
                    switch byte {
                    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
                    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
                    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
                    default: return nil
                    }
                    word = word << 4 | UInt64(digit)
                }
                return word
            }
            guard let first = word(0, 16), let second = word(16, 16), let third = word(32, 8) else { return nil }
            if line.count > 40 {
                guard line.count > 41, line[line.startIndex + 40] == UInt8(ascii: ":"),
                    line[(line.startIndex + 41)...].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
                else { return nil }
            }
            words = (first, second, third)
        }

        static func == (a: Digest, b: Digest) -> Bool { a.words == b.words }
        static func < (a: Digest, b: Digest) -> Bool { a.words < b.words }
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

/// A file that takes the place of another when it is whole.
private final class NewFile {
    private let temporary: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var bufferStart = 0

    init(besides path: String) throws(BreachedPasswordError) {
        temporary = path + "." + Hex.encode(SystemRandomSource().bytes(8))
        descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure() }
    }

    deinit {
        if descriptor >= 0 {
            close(descriptor)
            unsafe unlink(temporary)
        }
    }

    /// Pieces that follow each other leave together.
    func write(_ bytes: [UInt8], at offset: Int) throws(BreachedPasswordError) {
        if offset != bufferStart + buffer.count || buffer.count > 1 << 20 {
            try flush()
            bufferStart = offset
        }
        buffer += bytes
    }

    private func flush() throws(BreachedPasswordError) {
        var written = 0
        while written < buffer.count {
            let got = unsafe buffer.withUnsafeBytes { bytes in
                unsafe pwrite(
                    descriptor, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written,
                    bufferStart + written)
            }
            if got > 0 { written += got } else if got == 0 || errno != EINTR { throw Self.failure() }
        }
        buffer = []
    }

    func install(at path: String) throws(BreachedPasswordError) {
        try flush()
        guard fsync(descriptor) == 0, unsafe rename(temporary, path) == 0 else { throw Self.failure() }
    }

    private static func failure() -> BreachedPasswordError {
        BreachedPasswordError(reason: "the new list cannot be written: \(unsafe String(cString: strerror(errno)))")
    }
}
