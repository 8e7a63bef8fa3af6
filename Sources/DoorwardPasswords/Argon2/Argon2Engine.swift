// SPDX-License-Identifier: Apache-2.0

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
    /// What it is called: `libargon2`, or the kernel's name.
    public let name: String
    /// Kernels that this processor has and that gave another tag than libargon2. None, ever, on a sound machine.
    public let rejected: [String]
    /// Whether two inputs of one cost are quicker together than in turn.
    package let takesPairs: Bool
    /// Lets go of memory that waits for the next hash: before other work takes as much.
    package let giveUpIdleMemory: @Sendable () -> Void
    private let together: @Sendable ([Argon2Input]) throws(HashingError) -> [[UInt8]]

    /// - Parameter together: The tags of some inputs of one cost.
    package init(
        _ name: String, rejected: [String] = [], takesPairs: Bool = false,
        giveUpIdleMemory: @escaping @Sendable () -> Void = {},
        together: @escaping @Sendable ([Argon2Input]) throws(HashingError) -> [[UInt8]]
    ) {
        self.name = name
        self.rejected = rejected
        self.takesPairs = takesPairs
        self.giveUpIdleMemory = giveUpIdleMemory
        self.together = together
    }

    /// The tag. Throws when memory or threads could not be had, never for a password.
    package func compute(_ input: Argon2Input) throws(HashingError) -> [UInt8] {
        guard let tag = try compute([input]).first else { throw HashingError(.unavailable, "no tag was computed") }
        return tag
    }

    /// The tags of some inputs of one cost, in their order.
    @_spi(Measuring) public func compute(_ inputs: [Argon2Input]) throws(HashingError) -> [[UInt8]] {
        try together(inputs)
    }

    /// The same engine, knowing of kernels that were not trusted.
    func rejecting(_ kernels: [String]) -> Argon2Engine {
        Argon2Engine(
            name, rejected: kernels, takesPairs: takesPairs, giveUpIdleMemory: giveUpIdleMemory, together: together)
    }
}

extension Argon2Input {
    /// Whether another one takes the same steps, so that both can be computed together.
    package func isLike(_ other: Argon2Input) -> Bool {
        variant == other.variant && parameters == other.parameters && tagLength == other.tagLength
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
