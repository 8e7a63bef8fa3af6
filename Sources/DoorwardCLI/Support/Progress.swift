// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import Foundation
import Glibc

/// How far long work has come: on a terminal, on standard error.
struct Progress {
    private let isSeen = isatty(STDERR_FILENO) == 1

    func show(part: Double) {
        guard isSeen else { return }
        Terminal.write("\r\(Int(part * 100)) %" + (part >= 1 ? "\n" : ""), to: STDERR_FILENO)
    }

    /// Where nobody knows how many there are.
    func show(count: Int, of things: String) {
        guard isSeen else { return }
        Terminal.write("\r\(count) \(things)", to: STDERR_FILENO)
    }

    /// The last count stays on its line.
    func end() {
        if isSeen { Terminal.write("\n", to: STDERR_FILENO) }
    }
}
#endif
