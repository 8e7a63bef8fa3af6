// SPDX-License-Identifier: Apache-2.0

// One row in a table of others' speeds. Asked on standard input, a line each:
//
//   OPERATION COUNT THREADS [ARGUMENT …]
//
// it does the operation COUNT times on each of THREADS threads and answers with a line: nanoseconds by the wall, of all
// processors, and minor page faults; or `skip` and why. Asked `engine` it says what hashes. The command's argument names what hashes: `avx512`, `avx2`,
// `portable` or `libargon2`; without one, the quickest there is.

import Doorward
import Foundation
import Glibc
import Workload

guard let engine = Argon2Engine.named(CommandLine.arguments.dropFirst().first) else {
    giveUp("this processor has no such engine")
}
let workbench = Workbench(engine: engine)
while let line = readLine() {
    // Whoever asks waits for the answer.
    defer { fflush(nil) }
    let words = line.split(separator: " ").map(String.init)
    if words == ["engine"] {
        print(engine.name)
        continue
    }
    guard words.count >= 3, let count = Int(words[1]), let threads = Int(words[2]), count > 0,
        (1...64).contains(threads)
    else {
        print("skip bad-request")
        continue
    }
    do {
        guard let operation = try await workbench.operation(words[0], threads: threads, Array(words.dropFirst(3)))
        else {
            print("skip unknown-op")
            continue
        }
        let begun = Usage()
        try await operation(count)
        let used = Usage().since(begun)
        print(used.wall, used.processor, used.faults)
    } catch {
        print("skip failed(\(error))")
    }
}
