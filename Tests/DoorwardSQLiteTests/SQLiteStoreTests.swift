// SPDX-License-Identifier: Apache-2.0

#if SQLite
import DoorwardCore
import DoorwardSQLite
import DoorwardTesting
import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct SQLiteStoreTests {
    @Test(arguments: StoreConformanceCheck.all)
    func conforms(to check: StoreConformanceCheck) async throws {
        let folder = try TemporaryFolder()
        try await check.run {
            let path = folder.path + "/store.db"
            return StoreUnderTest(try await SQLiteStore(at: path)) { try await SQLiteStore(at: path) }
        }
    }
}
#endif
