// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import Glibc

extension BreachedPasswordFile {
    /// Makes a file out of a public list, such as the one of Have I Been Pwned: SHA-1 digests in ascending order, one a
    /// line, in hexadecimal, with `:` and a number behind or not. Blocks; takes little memory, whatever the size.
    ///
    /// *All or nothing:* the file appears, whole, at the end, in place of one that was there.
    ///
    /// - Parameters:
    ///   - falsePositiveBits: The usual 20 let one in a million passwords be refused wrongly, at about 22 bits each.
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
        var lines = 0
        try DigestLines.forEach(in: input, progress: { progress($0 / 2) }) { _ throws(BreachedPasswordError) in
            lines += 1
        }
        guard lines > 0 else { throw BreachedPasswordError(reason: "the list is empty") }
        guard let format = BreachFormat(count: lines, falsePositiveBits: falsePositiveBits) else {
            throw BreachedPasswordError(reason: "the list is too long for so few false positives")
        }
        let output = try NewFile(besides: path)
        var blocks = BlockWriter(format: format, file: output)
        try DigestLines.forEach(in: input, progress: { progress(0.5 + $0 / 2) }) {
            digest throws(BreachedPasswordError) in try blocks.append(digest)
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

    static func forEach(
        in file: OpenFile, progress: (Double) -> Void,
        _ body: ([UInt8]) throws(BreachedPasswordError) -> Void
    ) throws(BreachedPasswordError) {
        let length = Double(max(1, try file.length()))
        var (offset, number) = (0, 0)
        var rest: [UInt8] = []
        var before: [UInt8] = []
        func take(_ line: ArraySlice<UInt8>) throws(BreachedPasswordError) {
            number += 1
            guard let digest = digest(of: line) else {
                throw BreachedPasswordError(reason: "line \(number) of the list is no SHA-1 digest")
            }
            guard !digest.lexicographicallyPrecedes(before) else {
                throw BreachedPasswordError(
                    reason: "line \(number) of the list comes before the line above it: sort it with LC_ALL=C sort")
            }
            before = digest
            try body(digest)
        }
        while true {
            let piece = try file.read(step, at: offset, isWhole: false)
            offset += piece.count
            progress(Double(offset) / length)
            let text = rest + piece
            var start = 0
            while let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) {
                try take(text[start..<end])
                start = end + 1
            }
            rest = Array(text[start...])
            if piece.isEmpty {
                if !rest.isEmpty { try take(rest[...]) }
                return
            }
            guard rest.count <= longestLine else {
                throw BreachedPasswordError(reason: "line \(number + 1) of the list is no SHA-1 digest")
            }
        }
    }

    private static func digest(of line: ArraySlice<UInt8>) -> [UInt8]? {
        let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        let parts = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard let name = parts.first, name.count == 40, parts.count <= 2 else { return nil }
        if parts.count == 2 {
            guard !parts[1].isEmpty, parts[1].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            else { return nil }
        }
        return Hex.decode(String(decoding: name, as: UTF8.self).lowercased())
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

    mutating func append(_ digest: [UInt8]) throws(BreachedPasswordError) {
        let place = format.place(of: digest)
        while number < place.block { try finishBlock() }
        guard rests.last != place.rest else { return }
        rests.append(place.rest)
        count += 1
    }

    private mutating func finishBlock() throws(BreachedPasswordError) {
        let block = format.block(of: rests)
        guard block.count <= 1 << 20 else {
            throw BreachedPasswordError(reason: "the list's digests are not spread evenly: they are no SHA-1")
        }
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
