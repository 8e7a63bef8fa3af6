// SPDX-License-Identifier: Apache-2.0

/// Why a store, or what stands on it, could not answer. Never a verdict on a credential.
public struct StoreError: Error, Sendable {
    /// An open set of causes.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String, Hashable, Sendable { case unavailable, outcomeUnknown, corrupt, misuse }
        private let value: Value

        /// The engine could not be reached or refused to work; nothing was changed.
        public static let unavailable = Code(value: .unavailable)
        /// A change was sent and no answer came: it may have landed.
        public static let outcomeUnknown = Code(value: .outcomeUnknown)
        /// A record is not what was stored there. Other records are not affected.
        public static let corrupt = Code(value: .corrupt)
        /// The caller broke the contract. A bug, not a condition to handle.
        public static let misuse = Code(value: .misuse)

        public var description: String { value.rawValue }
    }

    public let code: Code
    /// What happened, safe to show: no secret, no hash, no identifier.
    public let reason: String
    /// The engine's own error. May hold details that `reason` leaves out.
    public let underlying: (any Error)?

    public init(_ code: Code, _ reason: String, underlying: (any Error)? = nil) {
        self.code = code
        self.reason = reason
        self.underlying = underlying
    }
}

/// By code alone: reasons are for people.
extension StoreError: Hashable {
    public static func == (a: StoreError, b: StoreError) -> Bool { a.code == b.code }
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}

extension StoreError: CustomStringConvertible, CustomReflectable {
    public var description: String { "\(code): \(reason)" }
    public var customMirror: Mirror { Mirror(self, children: ["code": code.description, "reason": reason]) }
}

extension StoreError {
    /// What was answered is not what was asked.
    package static func mixedUp(isChange: Bool) -> StoreError {
        StoreError(isChange ? .outcomeUnknown : .unavailable, "the store answered another question")
    }
}
