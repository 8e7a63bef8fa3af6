// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The network address that a request came from, as the service itself saw it: the peer of the connection, or what a
/// proxy of its own says. Never what the client says.
public struct ClientAddress: Hashable, Sendable, CustomStringConvertible {
    /// Four bytes, or sixteen. An IPv4 address in IPv6 clothes (RFC 4291 § 2.5.5.2) is taken as IPv4.
    package let bytes: [UInt8]

    /// From the usual text forms; `nil` for anything else.
    public init?(_ text: String) {
        guard !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, text, &bytes) == 1 {
            self.init(bytes: bytes.prefix(4))
        } else if unsafe inet_pton(AF_INET6, text, &bytes) == 1 {
            self.init(bytes: bytes)
        } else {
            return nil
        }
    }

    /// `nil` unless there are 4 or 16 bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        self.bytes = Array(bytes.count == 16 && bytes.starts(with: mapped) ? bytes.suffix(4) : bytes.suffix(16))
    }

    /// In the usual text form (RFC 5952 for IPv6).
    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN) + 1)
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard unsafe inet_ntop(family, bytes, &text, socklen_t(INET6_ADDRSTRLEN)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Where a sign-in comes from.
public enum ClientSource: Hashable, Sendable {
    /// Not a network client, or not known: no budget by address.
    case unknown
    case address(ClientAddress)

    package var address: ClientAddress? { if case .address(let address) = self { address } else { nil } }
}
