// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// An event as it was recorded.
public struct AuditedEvent: Hashable, Sendable {
    public let chain: AuditChain
    /// Its place in the chain, from 0.
    public let number: Int
    public let event: SecurityEvent
}

/// One record of a chain: an event, and a MAC over it and the MAC of the record before it.
struct AuditEntry: StoredValue, Hashable {
    static let kind = RecordKind.auditEntries
    static let fieldCount = 8
    /// What the first record of a chain follows.
    static let beginning = [UInt8](repeating: 0, count: 32)
    /// In code points. A service may report events of its own.
    private static let longestWord = 100

    let number: Int
    let event: SecurityEvent
    private(set) var mac: [UInt8] = []

    init(
        _ event: SecurityEvent, number: Int, after previous: [UInt8], in chain: AuditChain,
        _ environment: AuthEnvironment
    ) {
        func cut(_ word: String) -> String {
            String(String.UnicodeScalarView(word.unicodeScalars.prefix(Self.longestWord)))
        }
        self.number = number
        self.event = SecurityEvent(
            SecurityEvent.Name(rawValue: cut(event.name.rawValue)), at: event.at, account: event.account,
            session: event.session, reason: event.reason.map { SecurityEvent.Reason(rawValue: cut($0.rawValue)) },
            source: event.source)
        mac = expectedMAC(after: previous, in: chain, environment)
    }

    func follows(_ previous: [UInt8], in chain: AuditChain, _ environment: AuthEnvironment) -> Bool {
        constantTimeEqual(mac, expectedMAC(after: previous, in: chain, environment))
    }

    /// In the order of their bytes, records are in that of their numbers.
    static func id(_ number: Int) -> RecordID {
        RecordID(bigEndianBytes(UInt64(clamping: number))) ?? .only
    }

    private func expectedMAC(after previous: [UInt8], in chain: AuditChain, _ environment: AuthEnvironment) -> [UInt8] {
        var writer = CBORWriter()
        encodeContent(to: &writer)
        return environment.mac(ofAudit: [
            Array("entry".utf8), previous, Array(chain.name.utf8), writer.bytes,
        ])
    }

    init(from reader: inout CBORReader) throws(CBORError) {
        number = try reader.count(upTo: .max)
        let at = try reader.timestamp()
        let name = SecurityEvent.Name(rawValue: try reader.text())
        let account = try reader.optional { reader throws(CBORError) in try reader.account() }
        let session = try reader.optional { reader throws(CBORError) in
            guard let id = RecordID(try reader.byteString(count: 32)) else { throw CBORError(reason: "not an id") }
            return SessionID(id)
        }
        let reason = try reader.optional { reader throws(CBORError) in
            SecurityEvent.Reason(rawValue: try reader.text())
        }
        let source = try reader.optional { reader throws(CBORError) in
            guard let address = ClientAddress(bytes: try reader.byteString()) else {
                throw CBORError(reason: "not an address")
            }
            return address
        }
        event = SecurityEvent(name, at: at, account: account, session: session, reason: reason, source: source)
        mac = try reader.byteString(count: 32)
    }

    func encode(to writer: inout CBORWriter) {
        encodeContent(to: &writer)
        writer.byteString(mac)
    }

    private func encodeContent(to writer: inout CBORWriter) {
        writer.unsigned(UInt64(clamping: number))
        writer.timestamp(event.at)
        writer.text(event.name.rawValue)
        writer.optional(event.account) { $0.account($1) }
        writer.optional(event.session) { $0.byteString($1.record.bytes) }
        writer.optional(event.reason) { $0.text($1.rawValue) }
        writer.optional(event.source) { $0.byteString($1.bytes) }
    }
}
