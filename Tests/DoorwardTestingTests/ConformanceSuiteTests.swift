// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardTesting
import Testing

/// The suite itself: it lets a good store pass, rejects every broken one by a case of the clause that it breaks, and has
/// no case that rejects none.
@Suite(.timeLimit(.minutes(10))) struct ConformanceSuiteTests {
    /// A store with an engine that can fail, in memory.
    static func subject(_ flaw: BrokenStore.Flaw? = nil) -> StoreUnderTest {
        let engine = FaultyStore(InMemoryStore())
        let store: any AuthStore = flaw.map { BrokenStore($0, on: engine) } ?? engine
        return StoreUnderTest(store, faults: engine.engineFaults) {
            // Another handle keeps nothing of the first one's.
            flaw.map { BrokenStore($0, on: engine) } ?? store
        }
    }

    #if SQLite
    /// The same, with processes that share a file.
    static func processes(_ flaw: BrokenStore.Flaw? = nil, in folder: TemporaryFolder) async throws -> StoreUnderTest {
        let make: @Sendable () async throws -> ProcessStore = {
            try await ProcessStore(
                ChildProcess.path(beside: "DoorwardTestWorker"),
                firstLine: "serve sqlite:\(folder.path)/store.db - - \(flaw?.rawValue ?? "honest")")
        }
        return StoreUnderTest(try await make(), elsewhere: make)
    }
    #endif

    @Test(arguments: StoreConformanceCheck.all.filter { !$0.needsProcesses })
    func aGoodStorePasses(_ check: StoreConformanceCheck) async throws {
        #expect(try await check.run { Self.subject() })
    }

    /// Whether a case rejects the store: by a clause that it finds broken, or by an error that it did not expect.
    private static func rejects(_ check: StoreConformanceCheck, _ flaw: BrokenStore.Flaw) async throws -> Bool {
        do {
            #if SQLite
            if check.needsProcesses {
                let folder = try TemporaryFolder()
                try await check.run { try await processes(flaw, in: folder) }
                return false
            }
            #endif
            try await check.run { subject(flaw) }
            return false
        } catch is ConformanceFailure {
            return true
        } catch is StoreError {
            return true
        }
    }

    @Test func everyBrokenStoreIsRejectedByItsClauseAndEveryCaseRejectsOne() async throws {
        let cases = StoreConformanceCheck.all
        var useful = Set<String>()
        for flaw in BrokenStore.Flaw.allCases {
            var isRejected = false
            for check in cases where check.clause == flaw.clause {
                guard try await Self.rejects(check, flaw) else { continue }
                isRejected = true
                useful.insert(check.description)
            }
            #expect(isRejected, "\(flaw) passes clause \(flaw.clause)")
        }
        #if !SQLite
        let expected = cases.filter { !$0.needsProcesses }
        #else
        let expected = cases
        #endif
        for check in expected { #expect(useful.contains(check.description), "rejects nothing: \(check)") }
        #expect(BrokenStore.Flaw.allCases.count >= 20)
    }
}
