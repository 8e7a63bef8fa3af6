// SPDX-License-Identifier: Apache-2.0

/// Does something with each of many things, so many at once, in any order.
///
/// - Parameter next: Called by one at a time; `nil` ends it.
/// - Throws: The first error; what is under way then is cancelled and waited for.
package func inParallel<T: Sendable>(
    _ width: Int, _ next: () async throws -> T?, _ body: @escaping @Sendable (T) async throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        var underWay = 0
        while let item = try await next() {
            if underWay == width {
                try await group.next()
                underWay -= 1
            }
            group.addTask { try await body(item) }
            underWay += 1
        }
        try await group.waitForAll()
    }
}
