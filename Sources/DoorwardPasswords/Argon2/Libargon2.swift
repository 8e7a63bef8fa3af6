// SPDX-License-Identifier: Apache-2.0

import CArgon2
import DoorwardCore

extension Argon2Engine {
    /// The reference implementation, as Debian ships it.
    ///
    /// Called through its context, the only form that takes a pepper; the parameters were bounded before.
    public static let libargon2 = Argon2Engine("libargon2") { inputs throws(HashingError) in
        var tags: [[UInt8]] = []
        for input in inputs { tags.append(try compute(byLibrary: input)) }
        return tags
    }

    private static func compute(byLibrary input: Argon2Input) throws(HashingError) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: input.tagLength)
        var salt = input.salt
        var associatedData = input.associatedData
        let pepper = input.pepper ?? Secret(copying: [])
        let type: Argon2_type =
            switch input.variant {
            case .d: Argon2_d
            case .i: Argon2_i
            case .id: Argon2_id
            }
        let status = unsafe input.password.withUnsafeBytes { password in
            unsafe pepper.withUnsafeBytes { pepper in
                unsafe tag.withUnsafeMutableBufferPointer { tag in
                    unsafe salt.withUnsafeMutableBufferPointer { salt in
                        unsafe associatedData.withUnsafeMutableBufferPointer { data in
                            // libargon2 writes through these pointers only with the CLEAR flags, which are not set.
                            var context = unsafe argon2_context(
                                out: tag.baseAddress, outlen: UInt32(tag.count),
                                pwd: UnsafeMutablePointer(
                                    mutating: password.assumingMemoryBound(to: UInt8.self).baseAddress),
                                pwdlen: UInt32(password.count), salt: salt.baseAddress, saltlen: UInt32(salt.count),
                                secret: pepper.isEmpty
                                    ? nil
                                    : UnsafeMutablePointer(
                                        mutating: pepper.assumingMemoryBound(to: UInt8.self).baseAddress),
                                secretlen: UInt32(pepper.count), ad: data.isEmpty ? nil : data.baseAddress,
                                adlen: UInt32(data.count), t_cost: UInt32(input.parameters.passes),
                                m_cost: UInt32(input.parameters.memoryKiB),
                                lanes: UInt32(input.parameters.parallelism), threads: 1,
                                version: UInt32(ARGON2_VERSION_13.rawValue), allocate_cbk: nil, free_cbk: nil,
                                flags: 0)
                            return unsafe argon2_ctx(&context, type)
                        }
                    }
                }
            }
        }
        guard status == Int32(ARGON2_OK.rawValue) else {
            throw HashingError(.unavailable, "libargon2 failed with code \(status)")
        }
        return tag
    }
}
