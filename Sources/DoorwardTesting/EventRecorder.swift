// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import Synchronization

/// Keeps the events that it receives.
public final class EventRecorder: SecurityEventSink {
    private let recorded = Mutex<[SecurityEvent]>([])

    public init() {}

    public var events: [SecurityEvent] { recorded.withLock { $0 } }

    public func receive(_ event: SecurityEvent) { recorded.withLock { $0.append(event) } }
}
