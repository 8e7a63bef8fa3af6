// SPDX-License-Identifier: Apache-2.0

/// Something about a deployment that its operator should know.
public struct Finding: Hashable, Sendable, CustomStringConvertible {
    public enum Weight: String, Hashable, Sendable {
        /// A promise does not hold, or holds for less than it should.
        case problem
        /// All holds; it could be better.
        case advice
    }

    /// A stable name, such as `password.weak`.
    public let code: String
    public let weight: Weight
    /// What it is, and what to do. No secret, no name, no identifier of a person.
    public let message: String

    public init(_ weight: Weight, _ code: String, _ message: String) {
        self.code = code
        self.weight = weight
        self.message = message
    }

    public var description: String { "\(weight.rawValue) \(code): \(message)" }
}

/// A store that can say what is wrong with how it is kept, beyond what it refuses to open.
public protocol ExaminableStore: AuthStore {
    /// - Throws: `unavailable` if it cannot find out.
    func examine() async throws(StoreError) -> [Finding]
}
