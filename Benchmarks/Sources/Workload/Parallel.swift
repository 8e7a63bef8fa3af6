// SPDX-License-Identifier: Apache-2.0

/// Does the same in several tasks at once.
public func inParallel(_ width: Int, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
    guard width > 1 else { return try await body(0) }
    try await withThrowingTaskGroup(of: Void.self) { group in
        for lane in 0..<width { group.addTask { try await body(lane) } }
        try await group.waitForAll()
    }
}
