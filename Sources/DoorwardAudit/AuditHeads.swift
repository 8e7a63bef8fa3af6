// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// Where all chains ended at one time, signed together, to be kept elsewhere: by them it is found later that a chain was cut
/// or put back. Not secret.
public struct AuditHeads: Hashable, Sendable {
    public struct Head: Hashable, Sendable {
        public let chain: AuditChain
        /// How many records it has.
        public let count: Int
        let last: [UInt8]
    }

    public let at: Timestamp
    public let heads: [Head]
    private let mac: [UInt8]

    init(_ heads: [Head], at now: Timestamp, _ environment: AuthEnvironment) {
        at = now
        self.heads = heads
        mac = Self.mac(heads, at: now, environment)
    }

    func isAuthentic(_ environment: AuthEnvironment) -> Bool {
        constantTimeEqual(mac, Self.mac(heads, at: at, environment))
    }

    private static func mac(_ heads: [Head], at now: Timestamp, _ environment: AuthEnvironment) -> [UInt8] {
        let fields = heads.flatMap { [Array($0.chain.name.utf8), bigEndianBytes(UInt64(clamping: $0.count)), $0.last] }
        return environment.mac(
            ofAudit: [
                Array("heads".utf8), bigEndianBytes(UInt64(bitPattern: now.milliseconds)),
            ] + fields)
    }

    private static let title = "doorward audit heads 1"

    /// A line each, to be written to a file.
    public var text: String {
        let lines = heads.map { "head \($0.count) \(Hex.encode($0.last)) \($0.chain.name)" }
        return ([Self.title, "at \(at.milliseconds)"] + lines + ["mac \(Hex.encode(mac))"])
            .joined(separator: "\n") + "\n"
    }

    /// `nil` unless it is exactly such a text.
    public init?(_ text: String) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.popLast() == "", lines.count >= 3, lines[0] == Self.title,
            let at = lines[1].after("at ").flatMap({ Int64($0) }),
            let mac = lines.removeLast().after("mac ").flatMap({ Hex.decode($0) })
        else { return nil }
        var heads: [Head] = []
        for line in lines.dropFirst(2) {
            let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
            guard words.count == 4, words[0] == "head", let count = Int(words[1]), count >= 0,
                let last = Hex.decode(words[2]), let chain = AuditChain(words[3])
            else { return nil }
            heads.append(Head(chain: chain, count: count, last: last))
        }
        (self.at, self.heads, self.mac) = (Timestamp(milliseconds: at), heads, mac)
    }
}

extension String {
    fileprivate func after(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
