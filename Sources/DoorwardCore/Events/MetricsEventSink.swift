// SPDX-License-Identifier: Apache-2.0

#if Metrics
public import Metrics
import Synchronization

/// Counts events with swift-metrics: the counter `doorward_events`, by `event` and `reason`.
///
/// Labels are words of our own, never a name, an account or an address, and there are 200 pairs of them at most, whatever
/// a service's own events are called, and `other` for all that comes after those.
public final class MetricsEventSink: SecurityEventSink {
    private struct Label: Hashable {
        let event: String
        let reason: String
        static let other = Label(event: "other", reason: "")
    }

    private static let limit = 200

    private let factory: any MetricsFactory
    private let counters = Mutex<[Label: Counter]>([:])

    /// - Parameter factory: Where to count; the one that the service bootstrapped, if not told.
    public init(factory: any MetricsFactory = MetricsSystem.factory) { self.factory = factory }

    public func receive(_ event: SecurityEvent) {
        let label = Label(event: event.name.rawValue, reason: event.reason?.rawValue ?? "")
        counters.withLock { counters in
            let label = counters[label] != nil || counters.count < Self.limit ? label : .other
            let counter =
                counters[label]
                ?? Counter(
                    label: "doorward_events", dimensions: [("event", label.event), ("reason", label.reason)],
                    factory: factory)
            counters[label] = counter
            return counter
        }.increment()
    }
}
#else
/// Counts events with swift-metrics.
@available(*, unavailable, message: "Enable the trait Metrics of the package doorward.")
public struct MetricsEventSink {}
#endif
