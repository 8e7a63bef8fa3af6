// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardTesting
import Testing

@Suite(.timeLimit(.minutes(10))) struct InMemoryStoreTests {
    @Test(arguments: StoreConformanceCheck.all)
    func conforms(to check: StoreConformanceCheck) async throws {
        try await check.run { StoreUnderTest(InMemoryStore()) }
    }
}
