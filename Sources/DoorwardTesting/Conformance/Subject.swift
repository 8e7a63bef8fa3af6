// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

/// What a case works on.
struct Subject: Sendable {
    let under: StoreUnderTest
    let now = SystemWallClock().now()
    private let clause: Int
    private let name: String
    private let random = SystemRandomSource()

    init(_ under: StoreUnderTest, clause: Int, name: String) {
        self.under = under
        self.clause = clause
        self.name = name
    }

    var store: any AuthStore { under.store }

    // MARK: Judging

    func expect(_ condition: Bool, _ detail: @autoclosure () -> String) throws {
        guard condition else { throw ConformanceFailure(clause: clause, name: name, detail: detail()) }
    }

    func require<T>(_ value: T?, _ detail: @autoclosure () -> String) throws -> T {
        guard let value else { throw ConformanceFailure(clause: clause, name: name, detail: detail()) }
        return value
    }

    /// That the call is refused as misuse.
    func expectMisuse(_ detail: String, _ body: () async throws(StoreError) -> Void) async throws {
        let error = await failure(body)
        try expect(error?.code == .misuse, "\(detail): \(error.map { "\($0)" } ?? "accepted")")
    }

    /// The error of a call, or `nil` if it had none.
    func failure(_ body: () async throws(StoreError) -> Void) async -> StoreError? {
        do throws(StoreError) {
            try await body()
            return nil
        } catch { return error }
    }

    // MARK: Names

    static let kind = RecordKind(code: 2000)

    func partition(_ number: UInt8 = 1) throws -> Partition {
        try require(Partition(bytes: [UInt8](repeating: number, count: 16)), "")
    }

    func key(_ id: String, in number: UInt8 = 1, kind: RecordKind = Subject.kind) throws -> RecordKey {
        try key(Array(id.utf8), in: number, kind: kind)
    }

    func key(_ id: [UInt8], in number: UInt8 = 1, kind: RecordKind = Subject.kind) throws -> RecordKey {
        RecordKey(kind, in: try partition(number), id: try require(RecordID(id), ""))
    }

    func newID() -> CommitID { CommitID(from: random) }

    func later(_ seconds: Double) -> Timestamp { now.advanced(by: .seconds(seconds)) }

    // MARK: Doing

    /// Creates a record and returns its version.
    @discardableResult
    func create(_ key: RecordKey, _ value: [UInt8] = [1], expiresAt: Timestamp? = nil, at time: Timestamp? = nil)
        async throws -> CommitID
    {
        let id = newID()
        let outcome = try await store.commit(
            id, [.create(key, value: value, expiresAt: expiresAt)], at: time ?? now)
        try expect(outcome == .committed, "a new record was not created: \(outcome)")
        return id
    }

    /// A record, which a read of one and a read of several must show alike.
    func record(_ key: RecordKey, on handle: (any AuthStore)? = nil, at time: Timestamp? = nil)
        async throws -> StoredRecord?
    {
        let handle = handle ?? store
        let one = try await handle.read(key, at: time ?? now)
        let several = try await handle.read([key], at: time ?? now)
        try expect(several == [one], "a read of one record does not show what a read of several does")
        return one
    }

    func value(_ key: RecordKey, at time: Timestamp? = nil) async throws -> [UInt8]? {
        try await record(key, at: time)?.value
    }

    func version(_ key: RecordKey) async throws -> CommitID? { try await record(key)?.version }

    func commit(_ changes: RecordChange..., at time: Timestamp? = nil) async throws -> CommitOutcome {
        try await store.commit(newID(), changes, at: time ?? now)
    }

    func count(_ key: CounterKey, by amount: Int, ceiling: Int? = nil, end: Timestamp, at time: Timestamp? = nil)
        async throws -> IncrementOutcome
    {
        try await store.increment(key, by: amount, ceiling: ceiling, expiresAt: end, at: time ?? now)
    }

    /// Everything that a walk meets, in pages of that size.
    func walk(pages limit: Int, between: (Int) async throws -> Void = { _ in }) async throws -> [StoredRecord] {
        var met: [StoredRecord] = []
        for number in 0..<10_000 {
            let page = try await store.scan(after: met.last?.key, limit: limit)
            try expect(page.count <= limit, "a page of \(page.count)")
            if page.isEmpty { return met }
            met += page
            try await between(number)
        }
        throw ConformanceFailure(clause: clause, name: name, detail: "a walk does not end")
    }

    /// Runs a body that many times at once.
    func inParallel<R: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) async throws -> R) async throws -> [R]
    {
        try await withThrowingTaskGroup(of: R.self) { group in
            for number in 0..<count { group.addTask { try await body(number) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
