// SPDX-License-Identifier: Apache-2.0

/// A sorted list of common passwords inside the program: no file to lose, no allocation to look into.
struct Blocklist: Sendable {
    /// More than 3,000 entries that fit either minimum length. (ASVS V6.2.4)
    static let common = Blocklist(lines: commonPasswords)

    private let lines: StaticString

    init(lines: StaticString) { self.lines = lines }

    /// Whether the case-folded NFC text is an entry, as a whole.
    func contains(_ folded: String) -> Bool {
        let wanted = Array(folded.utf8)
        guard !wanted.contains(UInt8(ascii: "\n")) else { return false }
        return lines.withUTF8Buffer { text in
            // Halve the bytes, then step back to the beginning of the line in the middle.
            var (low, high) = (0, text.count)
            while low < high {
                var start = (low + high) / 2
                while unsafe start > low && text[start - 1] != UInt8(ascii: "\n") { start -= 1 }
                var end = start
                while unsafe end < high && text[end] != UInt8(ascii: "\n") { end += 1 }
                let line = unsafe text[start..<end]
                if unsafe line.elementsEqual(wanted) { return true }
                if unsafe line.lexicographicallyPrecedes(wanted) { low = end + 1 } else { high = start }
            }
            return false
        }
    }
}
