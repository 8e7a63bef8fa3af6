// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

/// The chain of records that a process writes its events to.
///
/// Give each process that runs for long one of its own, under a name that stays when it is started again, such as its
/// host's: then no process waits for another. Several may share one all the same; it stays a chain. A store keeps 256.
public struct AuditChain: Hashable, Sendable, CustomStringConvertible {
    package static let limit = 256

    public let name: String

    /// `nil` unless the name has 1 to 64 characters of ASCII, without spaces at its ends.
    public init?(_ name: String) {
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy({ (0x20...0x7E).contains($0) }),
            !name.hasPrefix(" "), !name.hasSuffix(" ")
        else { return nil }
        self.name = name
    }

    public var description: String { name }

    func partition(_ environment: AuthEnvironment) -> Partition { environment.partition(.audit, Array(name.utf8)) }
}

/// Which chains there are.
struct AuditChains: StoredValue, Hashable {
    static let kind = RecordKind.auditChains
    static let fieldCount = 2

    private(set) var chains: [AuditChain] = []
    private var mac: [UInt8] = []

    static func partition(_ environment: AuthEnvironment) -> Partition { environment.partition(.audit, []) }

    init() {}

    /// - Returns: Whether there was room.
    mutating func add(_ chain: AuditChain, _ environment: AuthEnvironment) -> Bool {
        guard chains.count < AuditChain.limit else { return false }
        chains.append(chain)
        mac = expectedMAC(environment)
        return true
    }

    func isAuthentic(_ environment: AuthEnvironment) -> Bool {
        constantTimeEqual(mac, expectedMAC(environment))
    }

    private func expectedMAC(_ environment: AuthEnvironment) -> [UInt8] {
        environment.mac(ofAudit: [Array("chains".utf8)] + chains.map { Array($0.name.utf8) })
    }

    init(from reader: inout CBORReader) throws(CBORError) {
        for _ in 0..<(try reader.array()) {
            guard let chain = AuditChain(try reader.text()) else { throw CBORError(reason: "not a chain's name") }
            chains.append(chain)
        }
        mac = try reader.byteString(count: 32)
    }

    func encode(to writer: inout CBORWriter) {
        writer.array(count: chains.count)
        for chain in chains { writer.text(chain.name) }
        writer.byteString(mac)
    }
}
