// SPDX-License-Identifier: Apache-2.0

import CArgon2
public import DoorwardCore

/// The inputs of Argon2 (RFC 9106 § 3.1). Whoever computes it holds all of them.
public struct Argon2Input: Sendable {
    public var variant: Argon2Variant
    public var parameters: Argon2Parameters
    /// Message P.
    public var password: Secret
    /// Salt S.
    public var salt: [UInt8]
    /// Secret value K: the pepper.
    public var pepper: Secret?
    /// Associated data X.
    public var associatedData: [UInt8]
    /// Tag length T, in bytes.
    public var tagLength: Int

    public init(
        variant: Argon2Variant = .id, parameters: Argon2Parameters, password: Secret, salt: [UInt8],
        pepper: Secret? = nil, associatedData: [UInt8] = [], tagLength: Int = 32
    ) {
        self.variant = variant
        self.parameters = parameters
        self.password = password
        self.salt = salt
        self.pepper = pepper
        self.associatedData = associatedData
        self.tagLength = tagLength
    }
}

/// Something that computes Argon2. Synchronous; called on a thread that may be busy for long.
public struct Argon2Engine: Sendable {
    /// The tag. Throws when memory or threads could not be had, never for a password.
    package let compute: @Sendable (Argon2Input) throws(HashingError) -> [UInt8]

    package init(_ compute: @escaping @Sendable (Argon2Input) throws(HashingError) -> [UInt8]) {
        self.compute = compute
    }

    /// The reference implementation, as Debian ships it.
    ///
    /// Called through its context, the only form that takes a pepper; the parameters were bounded before.
    public static let libargon2 = Argon2Engine { input throws(HashingError) in
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

/// Why nothing was hashed. Never a verdict on a password.
public struct HashingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// An open set of causes.
    public struct Code: Hashable, Sendable {
        private enum Value: Hashable, Sendable { case overloaded, unavailable, cancelled }
        private let value: Value
        /// The queue is full or the deadline passed: try again later.
        public static let overloaded = Code(value: .overloaded)
        /// The hash asks for more than this host may give, its pepper is missing, or memory ran out.
        public static let unavailable = Code(value: .unavailable)
        /// The caller's task was cancelled before the hash began.
        public static let cancelled = Code(value: .cancelled)
    }
    public let code: Code
    public let reason: String

    package init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    public var description: String { reason }
}
