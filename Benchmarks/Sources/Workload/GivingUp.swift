// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Says why on standard error, and ends the process.
public func giveUp(_ why: String) -> Never {
    FileHandle.standardError.write(Data((why + "\n").utf8))
    exit(2)
}
