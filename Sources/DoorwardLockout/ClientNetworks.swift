// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

extension ClientAddress {
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
