// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import Synchronization

/// A clock that stands still until it is moved.
public final class ManualClock: WallClock {
    private let time: Mutex<Timestamp>

    /// 2026-01-01T00:00:00Z, unless said otherwise.
    public init(_ time: Timestamp = Timestamp(seconds: 1_767_225_600)) { self.time = Mutex(time) }

    public func now() -> Timestamp { time.withLock { $0 } }

    /// Forward, or back.
    public func advance(by duration: Duration) { time.withLock { $0 = $0.advanced(by: duration) } }

    public func set(_ new: Timestamp) { time.withLock { $0 = new } }
}

/// The machine's clock, set wrong.
public final class OffsetClock: WallClock {
    private let offset: Mutex<Duration>

    public init(by offset: Duration = .zero) { self.offset = Mutex(offset) }

    public func now() -> Timestamp { SystemWallClock().now().advanced(by: offset.withLock { $0 }) }

    /// Sets it forward, or back.
    public func step(by duration: Duration) { offset.withLock { $0 += duration } }
}
