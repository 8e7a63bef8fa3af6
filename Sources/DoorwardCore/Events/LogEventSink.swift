// SPDX-License-Identifier: Apache-2.0

public import Logging

/// Writes events to a swift-log `Logger`, one line each, details as metadata.
///
/// Values are ids in hexadecimal and words from lists of our own, and anything else is escaped, so that no value can
/// begin a line of its own. (ASVS V16.4.1)
public struct LogEventSink: SecurityEventSink {
    private let logger: Logger

    public init(_ logger: Logger) { self.logger = logger }

    public func receive(_ event: SecurityEvent) {
        var metadata: Logger.Metadata = ["doorward.event": .string(Self.escaped(event.name.rawValue))]
        if let account = event.account { metadata["doorward.account"] = .string(account.description) }
        if let session = event.session { metadata["doorward.session"] = .string(session.description) }
        if let reason = event.reason { metadata["doorward.reason"] = .string(Self.escaped(reason.rawValue)) }
        if let source = event.source { metadata["doorward.source"] = .string(source.description) }
        logger.log(level: Self.level(event.name), "security event", metadata: metadata)
    }

    private static func level(_ name: SecurityEvent.Name) -> Logger.Level {
        let isRemarkable =
            [.loginLocked, .loginFailedMaximum, .loginSucceededAfterFailures, .rateExceeded, .factorReused].contains(
                name)
            || ["malicious_", "sys_"].contains { name.rawValue.hasPrefix($0) }
        return isRemarkable ? .notice : .info
    }

    package static func escaped(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.isASCII && $0.value >= 0x20 && $0.value != 0x7F ? "\($0)" : "?" }.joined())
    }
}
