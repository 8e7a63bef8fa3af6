// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

/// Where a chain ends: how many records it has, and the MAC of the last.
struct AuditHead: StoredValue, Hashable {
    static let kind = RecordKind.auditHeads
    static let fieldCount = 4

    let chain: AuditChain
    private(set) var count = 0
    private(set) var last = AuditEntry.beginning
    private var mac: [UInt8]

    static func key(_ chain: AuditChain, _ environment: AuthEnvironment) -> RecordKey {
        RecordKey(kind, in: chain.partition(environment), id: .only)
    }

    init(_ chain: AuditChain, _ environment: AuthEnvironment) {
        self.chain = chain
        mac = []
        mac = expectedMAC(environment)
    }

    /// The records that some events are, behind those that are there.
    mutating func link(_ events: [SecurityEvent], _ environment: AuthEnvironment) -> [AuditEntry] {
        var entries: [AuditEntry] = []
        for event in events {
            let entry = AuditEntry(event, number: count, after: last, in: chain, environment)
            entries.append(entry)
            last = entry.mac
            count += 1
        }
        mac = expectedMAC(environment)
        return entries
    }

    /// Whether it is this chain's, and nobody else's making.
    func isAuthentic(for chain: AuditChain, _ environment: AuthEnvironment) -> Bool {
        self.chain == chain && constantTimeEqual(mac, expectedMAC(environment))
    }

    private func expectedMAC(_ environment: AuthEnvironment) -> [UInt8] {
        environment.mac(ofAudit: [
            Array("head".utf8), Array(chain.name.utf8), bigEndianBytes(UInt64(clamping: count)), last,
        ])
    }

    init(from reader: inout CBORReader) throws(CBORError) {
        guard let chain = AuditChain(try reader.text()) else { throw CBORError(reason: "not a chain's name") }
        self.chain = chain
        // So that it can be counted on from here, whatever is stored.
        count = try reader.count(upTo: 1 << 60)
        last = try reader.byteString(count: 32)
        mac = try reader.byteString(count: 32)
    }

    func encode(to writer: inout CBORWriter) {
        writer.text(chain.name)
        writer.unsigned(UInt64(clamping: count))
        writer.byteString(last)
        writer.byteString(mac)
    }
}
