// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import Foundation

/// The bytes of a file, one after the other, without the file in memory.
struct FileBytes {
    private let file: FileHandle
    private var chunk = Data()
    private var place = 0

    init(path: String) throws {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw MalformedInput(field: "file", message: "The file cannot be read.")
        }
        self.file = file
    }

    mutating func peek() throws -> UInt8? {
        if place == chunk.count {
            do { chunk = try file.read(upToCount: 1 << 16) ?? Data() } catch {
                throw MalformedInput(field: "file", message: "The file cannot be read to its end.")
            }
            place = 0
        }
        return place < chunk.count ? chunk[chunk.startIndex + place] : nil
    }

    mutating func next() throws -> UInt8? {
        let byte = try peek()
        if byte != nil { place += 1 }
        return byte
    }
}

/// A row of a table, and the line that it begins on.
struct TableRow {
    let line: Int
    /// `nil` for a row that is malformed.
    let fields: [String]?
}

/// Rows of comma-separated values (RFC 4180): fields in quotes may hold commas, line breaks and doubled quotes.
struct CSVRows {
    private static let longestRow = 65_536
    private var bytes: FileBytes
    private var line = 1

    init(_ bytes: FileBytes) { self.bytes = bytes }

    /// The next row that is not empty.
    mutating func next() throws -> TableRow? {
        while let first = try bytes.peek() {
            guard first == UInt8(ascii: "\n") || first == UInt8(ascii: "\r") else { return try row() }
            _ = try bytes.next()
            if first == UInt8(ascii: "\n") { line += 1 }
        }
        return nil
    }

    private mutating func row() throws -> TableRow {
        let start = line
        var fields: [[UInt8]] = [[]]
        var isQuoted = false
        var isWellFormed = true
        var length = 0
        func add(_ byte: UInt8) {
            length += 1
            // The rest of a row that is too long is passed over.
            if length <= Self.longestRow { fields[fields.count - 1].append(byte) } else { isWellFormed = false }
        }
        while let byte = try bytes.next() {
            if byte == UInt8(ascii: "\n") { line += 1 }
            switch byte {
            case UInt8(ascii: "\"") where isQuoted:
                if try bytes.peek() == UInt8(ascii: "\"") {
                    _ = try bytes.next()
                    add(byte)
                } else {
                    isQuoted = false
                    // Only the field's end may follow.
                    let after = try bytes.peek()
                    let ends: [UInt8?] = [nil, UInt8(ascii: ","), UInt8(ascii: "\r"), UInt8(ascii: "\n")]
                    if !ends.contains(after) { isWellFormed = false }
                }
            case UInt8(ascii: "\"") where fields.last?.isEmpty == true: isQuoted = true
            case UInt8(ascii: "\""): isWellFormed = false
            case UInt8(ascii: ",") where !isQuoted:
                length += 1
                if length <= Self.longestRow { fields.append([]) } else { isWellFormed = false }
            case UInt8(ascii: "\r") where try !isQuoted && bytes.peek() == UInt8(ascii: "\n"): continue
            case UInt8(ascii: "\n") where !isQuoted: return row(start, fields, isWellFormed)
            default: add(byte)
            }
        }
        return row(start, fields, isWellFormed && !isQuoted)
    }

    private func row(_ line: Int, _ fields: [[UInt8]], _ isWellFormed: Bool) -> TableRow {
        let texts = fields.compactMap { String(validating: $0, as: UTF8.self) }
        return TableRow(line: line, fields: isWellFormed && texts.count == fields.count ? texts : nil)
    }
}

/// Lines of text, each of them one field.
struct TextLines {
    private static let longest = 65_536
    private var bytes: FileBytes
    private var line = 0

    init(_ bytes: FileBytes) { self.bytes = bytes }

    /// The next line that is not empty.
    mutating func next() throws -> TableRow? {
        while try bytes.peek() != nil {
            line += 1
            var text: [UInt8] = []
            var isWellFormed = true
            while let byte = try bytes.next(), byte != UInt8(ascii: "\n") {
                if text.count < Self.longest { text.append(byte) } else { isWellFormed = false }
            }
            if text.last == UInt8(ascii: "\r") { text.removeLast() }
            if text.isEmpty { continue }
            let whole = isWellFormed ? String(validating: text, as: UTF8.self) : nil
            return TableRow(line: line, fields: whole.map { [$0] })
        }
        return nil
    }
}
#endif
