// SPDX-License-Identifier: Apache-2.0

#if QRCode
import CQREncode

/// A QR code (ISO/IEC 18004), by libqrencode, for terminals and files.
public struct QRCode: Sendable {
    /// Light modules on each side, which scanners need.
    private static let quietZone = 4

    /// Modules a side, quiet zone included.
    public let size: Int
    private let dark: [Bool]

    /// The code of a text, in bytes, with error correction level M. `nil` if the text is too long for one.
    public init?(_ text: String) {
        guard let code = unsafe QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M) else { return nil }
        defer { unsafe QRcode_free(code) }
        let width = unsafe Int(code.pointee.width)
        let side = width + 2 * Self.quietZone
        var dark = [Bool](repeating: false, count: side * side)
        for row in 0..<width {
            for column in 0..<width {
                // The lowest bit of a module says whether it is dark.
                dark[(row + Self.quietZone) * side + column + Self.quietZone] =
                    unsafe code.pointee.data[row * width + column] & 1 == 1
            }
        }
        size = side
        self.dark = dark
    }

    private func isDark(_ row: Int, _ column: Int) -> Bool { row < size && dark[row * size + column] }

    /// Two rows of modules a line of half blocks.
    ///
    /// - Parameter coloured: Whether to force black on white, for terminals that write light on dark.
    public func terminal(coloured: Bool) -> String {
        stride(from: 0, to: size, by: 2).map { row in
            let line = (0..<size).map { column in
                switch (isDark(row, column), isDark(row + 1, column)) {
                case (true, true): "█"
                case (true, false): "▀"
                case (false, true): "▄"
                case (false, false): " "
                }
            }.joined()
            return coloured ? "\u{1B}[30;47m\(line)\u{1B}[0m" : line
        }.joined(separator: "\n")
    }

    /// A picture of its own, black on white, one unit a module.
    public func svg() -> String {
        let path = (0..<size).flatMap { row in
            (0..<size).filter { isDark(row, $0) }.map { "M\($0) \(row)h1v1h-1z" }
        }.joined()
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(size) \(size)" width="\(size * 8)" height="\(size * 8)" \
            shape-rendering="crispEdges"><rect width="100%" height="100%" fill="#fff"/><path fill="#000" d="\(path)"/></svg>

            """
    }
}
#else
/// A QR code. Enable the trait `QRCode` of the package `doorward`.
@available(*, unavailable, message: "enable the trait \"QRCode\" of the package doorward")
public struct QRCode: Sendable {}
#endif
