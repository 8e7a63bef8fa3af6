// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

/// One case of the storage contract, of the clause of `AuthStore` whose number it bears.
///
/// ```swift
/// @Test(arguments: StoreConformanceCheck.all)
/// func conforms(to check: StoreConformanceCheck) async throws {
///     try await check.run { StoreUnderTest(try await MyStore.temporary()) }
/// }
/// ```
public struct StoreConformanceCheck: Sendable, CustomStringConvertible {
    /// A sentence.
    public let name: String
    /// Of the contract, as numbered at `AuthStore`.
    public let clause: Int
    /// The fault that the case is about: without it, the case checks nothing.
    public let fault: StoreFault.Kind?
    /// Whether the case is about several processes: without ``StoreUnderTest/elsewhere``, it checks nothing.
    public let needsProcesses: Bool
    private let body: @Sendable (Subject) async throws -> Void

    init(
        _ clause: Int, _ name: String, fault: StoreFault.Kind? = nil, needsProcesses: Bool = false,
        _ body: @escaping @Sendable (Subject) async throws -> Void
    ) {
        self.clause = clause
        self.name = name
        self.fault = fault
        self.needsProcesses = needsProcesses
        self.body = body
    }

    /// Every case.
    public static let all: [StoreConformanceCheck] =
        expiry + versions + commits + snapshots + races + bytes + misuse + faults + replies + counters + pages + purges
        + processes

    /// - Parameter makeStore: An empty store, whose own clock (for `purge`) says about the present.
    /// - Returns: Whether anything was checked: the store offers what the case needs.
    /// - Throws: ``ConformanceFailure`` if the store breaks the clause; errors of the store as they come.
    @discardableResult
    public func run(_ makeStore: () async throws -> StoreUnderTest) async throws -> Bool {
        let under = try await makeStore()
        if let fault, !under.faults.contains(where: { $0.kind == fault }) { return false }
        if needsProcesses, under.elsewhere == nil { return false }
        try await ended(within: .seconds(300), Subject(under, clause: clause, name: name))
        return true
    }

    /// A store that hangs is told so; what hangs is left behind.
    private func ended(within limit: Duration, _ subject: Subject) async throws {
        let (results, result) = AsyncStream<Result<Void, any Error>>.makeStream()
        let work = Task {
            do { result.yield(.success(try await body(subject))) } catch { result.yield(.failure(error)) }
            result.finish()
        }
        let alarm = Task {
            try await Task.sleep(for: limit)
            let failure = ConformanceFailure(clause: clause, name: name, detail: "it did not end within \(limit)")
            result.yield(.failure(failure))
            result.finish()
        }
        defer {
            work.cancel()
            alarm.cancel()
        }
        for await result in results { return try result.get() }
    }

    public var description: String { "clause \(clause): \(name)" }
}

/// A clause that a store breaks.
public struct ConformanceFailure: Error, CustomStringConvertible {
    public let clause: Int
    public let name: String
    public let detail: String

    public var description: String { "breaks clause \(clause), \(name): \(detail)" }
}
