// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardTesting
import Testing

@Suite(.timeLimit(.minutes(2))) struct InMemoryStoreTests {
    @Test(arguments: StoreConformanceCheck.all)
    func conforms(to check: StoreConformanceCheck) async throws {
        try await check.run { StoreUnderTest(InMemoryStore()) }
    }
}

@Suite(.timeLimit(.minutes(2))) struct BrokenStoreTests {
    @Test(arguments: BrokenStore.Flaw.allCases)
    func theSuiteRejects(_ flaw: BrokenStore.Flaw) async throws {
        var rejected: [String] = []
        for check in StoreConformanceCheck.all {
            do {
                try await check.run { StoreUnderTest(BrokenStore(flaw, on: InMemoryStore())) }
            } catch let failure as ConformanceFailure {
                rejected.append(failure.description)
            } catch let error as StoreError {
                rejected.append(error.description)
            }
        }
        #expect(!rejected.isEmpty)
    }
}
