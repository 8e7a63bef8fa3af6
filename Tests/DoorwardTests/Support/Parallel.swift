// SPDX-License-Identifier: Apache-2.0

/// Runs a body that many times at once; results in the order of their numbers.
func inParallel<R: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) async throws -> R) async throws -> [R] {
    try await inParallelResults(count, body).map { try $0.get() }
}

func inParallelResults<R: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) async throws -> R)
    async -> [Result<R, any Error>]
{
    await withTaskGroup(of: (Int, Result<R, any Error>).self) { group in
        for number in 0..<count {
            group.addTask {
                do { return (number, .success(try await body(number))) } catch { return (number, .failure(error)) }
            }
        }
        return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
