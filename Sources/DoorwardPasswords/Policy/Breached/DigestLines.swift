// SPDX-License-Identifier: Apache-2.0

/// The digests of a list, line by line.
enum DigestLines {
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
