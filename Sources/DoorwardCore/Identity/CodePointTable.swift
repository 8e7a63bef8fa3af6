// SPDX-License-Identifier: Apache-2.0

/// A property of code points as ranges in ascending order, parsed from text at first use.
///
/// Text, because the compiler takes a long string at once and a long array literal for ever.
struct CodePointTable: Sendable {
    private let ranges: [(first: UInt32, last: UInt32, value: String)]

    init(_ text: String) {
        ranges = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count == 3, let first = UInt32(fields[0], radix: 16), let last = UInt32(fields[1], radix: 16)
            else { return nil }
            return (first, last, String(fields[2]))
        }
    }

    subscript(_ scalar: Unicode.Scalar) -> String? {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            let range = ranges[middle]
            if scalar.value < range.first {
                high = middle
            } else if scalar.value > range.last {
                low = middle + 1
            } else {
                return range.value
            }
        }
        return nil
    }
}
