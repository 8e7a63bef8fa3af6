// SPDX-License-Identifier: Apache-2.0

/// Names an account. Opaque: 1 to 64 bytes that a service may choose; registered accounts get 16 random ones.
public struct AccountID: Hashable, Sendable, CustomStringConvertible {
    public let bytes: [UInt8]

    /// `nil` unless there are 1 to 64 bytes.
    @inlinable
    public init?(bytes: some Collection<UInt8>) {
        guard (1...64).contains(bytes.count) else { return nil }
        self.bytes = Array(bytes)
    }

    package init(from random: some RandomSource) { bytes = random.bytes(16) }

    /// The account that an unknown name is counted on: it cannot be told from a real one without the key.
    package init(phantom digest: [UInt8]) { bytes = Array(digest.prefix(16)) }

    /// Lower-case hexadecimal.
    public var description: String { Hex.encode(bytes) }
}

extension CBORWriter {
    package mutating func account(_ id: AccountID) { byteString(id.bytes) }
}

extension CBORReader {
    package mutating func account() throws(CBORError) -> AccountID {
        guard let id = AccountID(bytes: try byteString()) else { throw CBORError(reason: "not an account") }
        return id
    }
}
