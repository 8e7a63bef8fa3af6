// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A point of the time that passes, whatever clocks are set to: for deadlines. It goes on while the machine sleeps.
///
/// The same as `ContinuousClock.Instant`, whose size compilers do not know: whatever holds one of those is copied by
/// looking up how, each time. Arithmetic saturates.
package struct Moment: Hashable, Comparable, Sendable {
    private let nanoseconds: Int64

    package static var now: Moment {
        var time = timespec()
        // It fails only for clocks that are not there.
        _ = unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return Moment(
            nanoseconds: Int64(time.tv_sec).multipliedSaturating(by: 1_000_000_000).addedSaturating(Int64(time.tv_nsec))
        )
    }

    package func advanced(by duration: Duration) -> Moment {
        Moment(nanoseconds: nanoseconds.addedSaturating(duration.wholeNanoseconds))
    }

    package static func < (a: Moment, b: Moment) -> Bool { a.nanoseconds < b.nanoseconds }

    /// How much later the first is.
    package static func - (later: Moment, earlier: Moment) -> Duration {
        .nanoseconds(later.nanoseconds.subtractedSaturating(earlier.nanoseconds))
    }
}
