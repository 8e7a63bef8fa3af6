// SPDX-License-Identifier: Apache-2.0

import CDoorwardSystem
import Glibc

/// Wakes a thread of our own that waits at a file descriptor. Rung while nobody waits, it ends the next wait at once.
final class Doorbell: Sendable {
    private let descriptor: Int32

    /// `nil` when the process may open no more.
    init?() {
        descriptor = eventfd(0, O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Never blocks: at worst the bell has rung already.
    func ring() {
        var one: UInt64 = 1
        _ = unsafe write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Blocks the calling thread, which must be one of our own.
    ///
    /// - Parameter other: Another descriptor to wait at; negative for none.
    /// - Returns: Whether there is something to read at that, or its other end is gone.
    func wait(at other: Int32 = -1) -> Bool {
        let reading = Int16(POLLIN)
        var places = (
            pollfd(fd: descriptor, events: reading, revents: 0), pollfd(fd: other, events: reading, revents: 0)
        )
        let ready = unsafe withUnsafeMutableBytes(of: &places) { bytes in
            unsafe poll(bytes.bindMemory(to: pollfd.self).baseAddress, 2, -1)
        }
        if places.0.revents != 0 {
            var rung: UInt64 = 0
            _ = unsafe read(descriptor, &rung, MemoryLayout<UInt64>.size)
        }
        return ready > 0 && places.1.revents != 0
    }
}
