// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// One case of the storage contract, of the clause of ``AuthStore`` whose number it bears.
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
    /// Of the contract, as numbered at ``AuthStore``.
    public let clause: Int
    let body: @Sendable (Subject) async throws -> Void

    init(_ clause: Int, _ name: String, _ body: @escaping @Sendable (Subject) async throws -> Void) {
        self.clause = clause
        self.name = name
        self.body = body
    }

    /// Every case.
    public static let all = expiry + versions + commits + linearisability + bytes + misuse + counters + maintenance

    /// - Parameter makeStore: An empty store, whose own clock (for `purge`) says about the present.
    /// - Throws: ``ConformanceFailure`` if the store breaks the clause; errors of the store as they come.
    public func run(_ makeStore: () async throws -> StoreUnderTest) async throws {
        try await body(Subject(try await makeStore(), clause: clause, name: name))
    }

    public var description: String { "clause \(clause): \(name)" }
}

/// A store to be checked.
public struct StoreUnderTest: Sendable {
    public let store: any AuthStore
    /// One more handle on the same data; for stores without such, the same.
    public let another: @Sendable () async throws -> any AuthStore

    public init(_ store: any AuthStore, another: (@Sendable () async throws -> any AuthStore)? = nil) {
        self.store = store
        self.another = another ?? { store }
    }
}

/// A clause that a store breaks.
public struct ConformanceFailure: Error, CustomStringConvertible {
    public let clause: Int
    public let name: String
    public let detail: String

    public var description: String { "breaks clause \(clause), \(name): \(detail)" }
}

/// What a case works on.
struct Subject: Sendable {
    let store: any AuthStore
    let another: @Sendable () async throws -> any AuthStore
    let now = SystemWallClock().now()
    private let clause: Int
    private let name: String
    private let random = SystemRandomSource()

    init(_ subject: StoreUnderTest, clause: Int, name: String) {
        store = subject.store
        another = subject.another
        self.clause = clause
        self.name = name
    }

    func expect(_ condition: Bool, _ detail: @autoclosure () -> String) throws {
        guard condition else { throw ConformanceFailure(clause: clause, name: name, detail: detail()) }
    }

    func require<T>(_ value: T?, _ detail: @autoclosure () -> String) throws -> T {
        guard let value else { throw ConformanceFailure(clause: clause, name: name, detail: detail()) }
        return value
    }

    /// That the call is refused as misuse.
    func expectMisuse(_ detail: String, _ body: () async throws(StoreError) -> Void) async throws {
        do throws(StoreError) {
            try await body()
        } catch {
            return try expect(error.code == .misuse, "\(detail): \(error)")
        }
        try expect(false, "\(detail) was accepted")
    }

    static let kind = RecordKind(code: 2000)

    func partition(_ number: UInt8 = 1) throws -> Partition {
        try require(Partition(bytes: [UInt8](repeating: number, count: 16)), "")
    }

    func key(_ id: String, in number: UInt8 = 1, kind: RecordKind = Subject.kind) throws -> RecordKey {
        RecordKey(kind, in: try partition(number), id: try require(RecordID(Array(id.utf8)), ""))
    }

    func newID() -> CommitID { CommitID(from: random) }

    /// Creates a record and returns its version.
    @discardableResult
    func create(_ key: RecordKey, _ value: [UInt8] = [1], expiresAt: Timestamp? = nil) async throws -> CommitID {
        let id = newID()
        let outcome = try await store.commit(id, [.create(key, value: value, expiresAt: expiresAt)], at: now)
        try expect(outcome == .committed, "a new record was not created: \(outcome)")
        return id
    }

    func value(_ key: RecordKey, at time: Timestamp? = nil) async throws -> [UInt8]? {
        try await store.read([key], at: time ?? now).first??.value
    }

    func commit(_ changes: RecordChange..., at time: Timestamp? = nil) async throws -> CommitOutcome {
        try await store.commit(newID(), changes, at: time ?? now)
    }
}
