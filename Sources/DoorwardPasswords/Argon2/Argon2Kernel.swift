// SPDX-License-Identifier: Apache-2.0

import CArgon2SIMD
import DoorwardCore

/// Our own Argon2 (RFC 9106), in C, for one sort of processor.
@_spi(Measuring) public enum Argon2Kernel: Int32, Sendable, CaseIterable {
    /// For what every processor has: SSE2, NEON.
    case portable = 0
    case avx2 = 1
    case avx512 = 2

    public var name: String { "\(self)" }

    /// Whether this processor has what it takes.
    public var isSupported: Bool { doorward_argon2_supports(rawValue) != 0 }

    /// Whether it was compiled with optimisation: without, libargon2 is quicker.
    package static var isOptimized: Bool { doorward_argon2_is_optimized() != 0 }

    /// What computes tags: `doorward_argon2`, or one that a test wants to see rejected.
    typealias Function =
        @convention(c) (doorward_argon2_cost, UnsafePointer<doorward_argon2_hash>?, Int, Int32) -> Int32

    /// An engine on this kernel: lanes, and inputs that come together, advance in turn on the calling thread.
    ///
    /// - Parameter keepsArenas: Whether memory waits for the next hash.
    public func engine(keepsArenas: Bool = true) -> Argon2Engine {
        unsafe engine(by: doorward_argon2, keepsArenas: keepsArenas)
    }

    func engine(by function: Function, keepsArenas: Bool = true) -> Argon2Engine {
        let shelf = ArenaShelf(smallest: keepsArenas ? 4 << 20 : .max)
        let giveUp: @Sendable () -> Void = { shelf.clear() }
        return Argon2Engine(name, takesPairs: true, giveUpIdleMemory: giveUp) { inputs throws(HashingError) in
            unsafe try compute(inputs, on: shelf, by: function)
        }
    }

    private func compute(_ inputs: [Argon2Input], on shelf: ArenaShelf, by function: Function) throws(HashingError)
        -> [[UInt8]]
    {
        guard let first = inputs.first else { return [] }
        guard inputs.allSatisfy({ $0.isLike(first) }) else {
            // Each by itself is slower, and as right.
            var tags: [[UInt8]] = []
            for input in inputs { unsafe tags += try compute([input], on: shelf, by: function) }
            return tags
        }
        let cost = doorward_argon2_cost(
            type: first.variant.number, memory: UInt32(clamping: first.parameters.memoryKiB),
            passes: UInt32(clamping: first.parameters.passes), lanes: UInt32(clamping: first.parameters.parallelism),
            tag_length: UInt32(clamping: first.tagLength))
        let size = doorward_argon2_memory_size(cost)
        var arenas: [Arena] = []
        defer { for arena in arenas { shelf.give(arena) } }
        for _ in inputs {
            guard let arena = shelf.take(size) else {
                throw HashingError(.unavailable, "there is no memory to hash in")
            }
            arenas.append(arena)
        }
        var tags = [UInt8](repeating: 0, count: first.tagLength * inputs.count)
        defer { DoorwardCore.wipe(&tags) }
        let status = unsafe tags.withUnsafeMutableBufferPointer { tags -> Int32 in
            guard let start = tags.baseAddress else { return -1 }
            return unsafe Self.lending(inputs[...], to: []) { hashes in
                var hashes = unsafe hashes
                for index in unsafe hashes.indices {
                    unsafe hashes[index].memory = arenas[index].base
                    unsafe hashes[index].tag = start + index * first.tagLength
                }
                return unsafe function(cost, hashes, hashes.count, rawValue)
            }
        }
        guard status == 0 else { throw HashingError(.unavailable, "the parameters are beyond Argon2's") }
        return inputs.indices.map { index in Array(tags[(index * first.tagLength)...].prefix(first.tagLength)) }
    }

    /// Lends the inputs' bytes to C, all at once.
    private static func lending<R>(
        _ inputs: ArraySlice<Argon2Input>, to hashes: [doorward_argon2_hash], _ body: ([doorward_argon2_hash]) -> R
    ) -> R {
        guard let input = inputs.first else { return unsafe body(hashes) }
        func bytes(_ buffer: UnsafeRawBufferPointer) -> doorward_bytes {
            unsafe doorward_bytes(
                bytes: buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), count: UInt32(clamping: buffer.count))
        }
        let pepper = input.pepper ?? Secret(copying: [UInt8]())
        return unsafe input.password.withUnsafeBytes { password in
            unsafe pepper.withUnsafeBytes { pepper in
                unsafe input.salt.withUnsafeBytes { salt in
                    unsafe input.associatedData.withUnsafeBytes { data in
                        let hash = unsafe doorward_argon2_hash(
                            password: bytes(password), salt: bytes(salt), secret: bytes(pepper),
                            associated_data: bytes(data), memory: nil, tag: nil)
                        return unsafe lending(inputs.dropFirst(), to: hashes + [hash], body)
                    }
                }
            }
        }
    }
}

extension Argon2Variant {
    fileprivate var number: UInt32 {
        switch self {
        case .d: UInt32(DOORWARD_ARGON2_D)
        case .i: UInt32(DOORWARD_ARGON2_I)
        case .id: UInt32(DOORWARD_ARGON2_ID)
        }
    }
}
