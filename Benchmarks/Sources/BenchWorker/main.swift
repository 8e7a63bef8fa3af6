// SPDX-License-Identifier: Apache-2.0

// One row in a table of others' speeds. Asked on standard input, a line each:
//
//   OPERATION COUNT THREADS [ARGUMENT …]
//
// it does the operation COUNT times on each of THREADS threads and answers with a line: nanoseconds by the wall, of all
// processors, and minor page faults; or `skip` and why.

import Foundation
import Glibc

let workbench = Workbench()
while let line = readLine() {
    // Whoever asks waits for the answer.
    defer { fflush(nil) }
    let words = line.split(separator: " ").map(String.init)
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
        print(Usage().since(begun))
    } catch {
        print("skip failed(\(error))")
    }
}

/// What was used until now.
struct Usage {
    private let wall = Self.nanoseconds(CLOCK_MONOTONIC)
    private let processor = Self.nanoseconds(CLOCK_PROCESS_CPUTIME_ID)
    private let faults: Int

    init() {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        faults = usage.ru_minflt
    }

    private static func nanoseconds(_ clock: clockid_t) -> Int {
        var time = timespec()
        clock_gettime(clock, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    func since(_ begun: Usage) -> String {
        "\(wall - begun.wall) \(processor - begun.processor) \(faults - begun.faults)"
    }
}
