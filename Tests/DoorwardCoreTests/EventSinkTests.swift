// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import Testing

#if Metrics
import Metrics
import MetricsTestKit

/// What is counted, by labels that nobody from outside can multiply.
@Suite struct MetricsEventSinkTests {
    @Test func eventsAreCountedByNameAndReason() throws {
        let metrics = TestMetrics()
        let sink = MetricsEventSink(factory: metrics)
        let account = AccountID(bytes: [1])
        for reason in [SecurityEvent.Reason.wrongPassword, .wrongPassword, .locked] {
            sink.receive(
                SecurityEvent(
                    .loginFailed, at: Timestamp(seconds: 1), account: account, reason: reason,
                    source: ClientAddress("192.0.2.1")))
        }
        let wrong = try metrics.expectCounter(
            "doorward_events", [("event", "authn_login_fail"), ("reason", "wrong_password")])
        #expect(wrong.totalValue == 2)
        #expect(metrics.counters.count == 2)
    }

    @Test func labelsAreBoundedWhateverAServiceReports() throws {
        let metrics = TestMetrics()
        let sink = MetricsEventSink(factory: metrics)
        for number in 0..<1000 {
            sink.receive(
                SecurityEvent(
                    SecurityEvent.Name(rawValue: "own_\(number)"), at: Timestamp(seconds: 1), account: nil))
        }
        #expect(metrics.counters.count == 201)
        #expect(try metrics.expectCounter("doorward_events", [("event", "other"), ("reason", "")]).totalValue == 800)
    }
}
#endif

@Suite struct ClientAddressTests {
    @Test func addressesAreShownInTheirUsualForm() {
        let forms = [
            "192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:DB8:0:0:0:0:0:1": "2001:db8::1",
            "::": "::",
        ]
        for (typed, shown) in forms { #expect(ClientAddress(typed)?.description == shown) }
        #expect(ClientAddress(bytes: [1, 2, 3]) == nil)
    }
}
