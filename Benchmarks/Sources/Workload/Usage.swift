// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What the process has used until now, in nanoseconds by the wall and of all processors, and minor page faults.
public struct Usage: Sendable {
    public private(set) var wall: Int
    public private(set) var processor: Int
    public private(set) var faults: Int

    public init() {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        faults = usage.ru_minflt
        wall = Self.nanoseconds(CLOCK_MONOTONIC)
        processor = Self.nanoseconds(CLOCK_PROCESS_CPUTIME_ID)
    }

    public func since(_ begun: Usage) -> Usage {
        var used = self
        used.wall -= begun.wall
        used.processor -= begun.processor
        used.faults -= begun.faults
        return used
    }

    private static func nanoseconds(_ clock: clockid_t) -> Int {
        var time = timespec()
        clock_gettime(clock, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
