// SPDX-License-Identifier: Apache-2.0

/// Names an account. Opaque: 1 to 64 bytes that a service may choose; registered accounts get 16 random ones.
public struct AccountID: Hashable, Sendable, CustomStringConvertible {
    /// The bytes, and zeros behind them.
    private let first: ThirtyTwoBytes
    private let second: ThirtyTwoBytes
    private let count: UInt8

    /// `nil` unless there are 1 to 64 bytes.
    @inlinable
    public init?(bytes: some Collection<UInt8>) {
        guard let id = unsafe bytes.withRawBytes({ unsafe AccountID($0) }) else { return nil }
        self = id
    }

    @usableFromInline
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard (1...64).contains(bytes.count) else { return nil }
        unsafe self.init(first: bytes)
    }

    private init(first bytes: UnsafeRawBufferPointer) {
        first = unsafe ThirtyTwoBytes(first: bytes)
        second = unsafe ThirtyTwoBytes(first: UnsafeRawBufferPointer(rebasing: bytes.dropFirst(32)))
        count = UInt8(min(bytes.count, 64))
    }

    package init(from random: some RandomSource) {
        self = unsafe random.bytes(16).withUnsafeBytes { unsafe AccountID(first: $0) }
    }

    /// The account that an unknown name is counted on: it cannot be told from a real one without the key.
    package init(phantom digest: [UInt8]) {
        self = unsafe digest.withUnsafeBytes { unsafe AccountID(first: $0.first(16)) }
    }

    public var bytes: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }

    /// Lends the bytes, for digests.
    func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        unsafe Swift.withUnsafeBytes(of: (first.words, second.words)) { unsafe body($0.first(Int(count))) }
    }

    /// Lower-case hexadecimal.
    public var description: String { Hex.encode(bytes) }
}

extension CBORWriter {
    package mutating func account(_ id: AccountID) { byteString(id.bytes) }
}

extension CBORReader {
    package mutating func account() throws(CBORError) -> AccountID {
        guard let id = unsafe try withByteString({ unsafe AccountID($0) }) else {
            throw CBORError(reason: "not an account")
        }
        return id
    }
}
