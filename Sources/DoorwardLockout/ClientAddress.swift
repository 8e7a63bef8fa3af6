// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The network address that a request came from, as the service itself saw it: the peer of the connection, or what a
/// proxy of its own says. Never what the client says.
public struct ClientAddress: Hashable, Sendable {
    /// Four bytes, or sixteen. An IPv4 address in IPv6 clothes (RFC 4291 § 2.5.5.2) is taken as IPv4.
    package let bytes: [UInt8]

    /// From the usual text forms; `nil` for anything else.
    public init?(_ text: String) {
        guard !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, text, &bytes) == 1 {
            self.bytes = Array(bytes.prefix(4))
        } else if unsafe inet_pton(AF_INET6, text, &bytes) == 1 {
            let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            self.bytes = isMapped ? Array(bytes.suffix(4)) : bytes
        } else {
            return nil
        }
    }

    /// Whom failures are counted on: the address or /64, and for IPv6 its /48, with the ceiling of each.
    package var networks: [(prefix: [UInt8], ceiling: Int)] {
        bytes.count == 4
            ? [(bytes, LockoutPolicy.addressFailures)]
            : [
                (Array(bytes.prefix(8)), LockoutPolicy.addressFailures),
                (Array(bytes.prefix(6)), LockoutPolicy.widePrefixFailures),
            ]
    }
}

/// Where a sign-in comes from.
public enum ClientSource: Hashable, Sendable {
    /// Not a network client, or not known: no budget by address.
    case unknown
    case address(ClientAddress)
}
