// SPDX-License-Identifier: Apache-2.0

#if !CommandLineTool
import Glibc

/// Stands in for the command where its trait is off.
@main
enum TraitMissing {
    static func main() {
        let message = "doorward was built without the trait \"CommandLineTool\" of the package doorward\n"
        _ = unsafe write(STDERR_FILENO, message, message.utf8.count)
        exit(2)
    }
}
#endif
