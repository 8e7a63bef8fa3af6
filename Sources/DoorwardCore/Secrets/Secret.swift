// SPDX-License-Identifier: Apache-2.0

/// Bytes that must not be seen: a password, a key, a token, a shared secret.
///
/// Copies share one buffer, which is wiped when the last of them lets go. A secret prints, dumps and mirrors as
/// `<redacted>`, and is compared by ``matches(_:)`` alone, in time that depends on the lengths only.
///
/// The promise covers the copies that this type owns. A `String` or an array that the bytes came from cannot be wiped
/// from here. (ASVS V11.7.2, V16.2.5)
public struct Secret: Redacted, Sendable {
    private let storage: Storage

    /// Copies the bytes into a buffer of its own.
    @specialized(where Bytes == [UInt8])
    @specialized(where Bytes == ArraySlice<UInt8>)
    @specialized(where Bytes == UnsafeRawBufferPointer)
    public init<Bytes: Collection<UInt8>>(copying bytes: Bytes) {
        storage = Storage(bytes)
    }

    /// Number of bytes.
    public var count: Int { storage.count }

    /// Whether there is no byte at all.
    public var isEmpty: Bool { storage.count == 0 }

    /// Lends the bytes for the time of a call. The body must not let them out.
    public func withBytes<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        // A span of a property makes the optimiser of Swift 6.3.1 crash; one of a local copy of the pointer does not.
        let bytes = unsafe UnsafeBufferPointer(storage.bytes)
        defer { withExtendedLifetime(storage) {} }
        return try body(unsafe bytes.span)
    }

    /// Lends the bytes as a pointer, for C. Same rule as ``withBytes(_:)``.
    package func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        let buffer = unsafe UnsafeRawBufferPointer(storage.bytes)
        defer { withExtendedLifetime(storage) {} }
        return try unsafe body(buffer)
    }

    /// Whether both hold the same bytes, in time that does not depend on where they differ. (ASVS V11.2.4)
    public func matches(_ other: Secret) -> Bool {
        unsafe withUnsafeBytes { mine in
            unsafe other.withUnsafeBytes { theirs in unsafe constantTimeEqual(mine, theirs) }
        }
    }

    /// A copy that nobody wipes. For encoders that need an array; keep its life short.
    package func copyBytes() -> [UInt8] {
        unsafe withUnsafeBytes { unsafe Array($0) }
    }

    // Sendable: the bytes are written in `init`, before anybody else holds the object, and in `deinit`, when nobody
    // does any more; in between they are only read.
    @safe private final class Storage: @unchecked Sendable {
        let bytes: UnsafeMutableBufferPointer<UInt8>
        var count: Int { unsafe bytes.count }

        @inline(__always)
        init(_ source: some Collection<UInt8>) {
            unsafe bytes = .allocate(capacity: source.count)
            _ = unsafe bytes.initialize(from: source)
        }

        deinit {
            unsafe wipe(UnsafeMutableRawBufferPointer(bytes))
            unsafe bytes.deallocate()
        }
    }
}
