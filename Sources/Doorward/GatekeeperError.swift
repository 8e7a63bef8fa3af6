// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardPasswords

/// Why there is no verdict. It says nothing of any credential: whoever gets it may try the same again.
public struct GatekeeperError: Error, Sendable, CustomStringConvertible, CustomReflectable {
    /// An open set of causes.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String, Hashable, Sendable { case unavailable, overloaded, cancelled }
        private let value: Value
        /// The store or the keys could not be used, or a record is damaged. Answer 503.
        public static let unavailable = Code(value: .unavailable)
        /// Too many at once: the queue is full, or the deadline passed. Answer 503 with `Retry-After`.
        public static let overloaded = Code(value: .overloaded)
        /// The caller's task was cancelled before anything was verified.
        public static let cancelled = Code(value: .cancelled)
        public var description: String { value.rawValue }
    }

    public let code: Code
    /// Safe to show to an operator: no secret, no hash, no identifier.
    public let reason: String
    public let underlying: (any Error)?

    public init(_ code: Code, _ reason: String, underlying: (any Error)? = nil) {
        self.code = code
        self.reason = reason
        self.underlying = underlying
    }

    public var description: String { "\(code): \(reason)" }
    public var customMirror: Mirror { Mirror(self, children: ["code": code.description, "reason": reason]) }
}

extension GatekeeperError {
    init(_ error: any Error) {
        switch error {
        case let error as GatekeeperError: self = error
        case let error as StoreError: self.init(.unavailable, error.reason, underlying: error)
        case let error as HashingError:
            let code: Code =
                switch error.code {
                case .overloaded: .overloaded
                case .cancelled: .cancelled
                default: .unavailable
                }
            self.init(code, error.reason, underlying: error)
        default: self.init(.unavailable, "an unexpected error", underlying: error)
        }
    }
}
