// SPDX-License-Identifier: Apache-2.0

#if SQLite
import DoorwardCore
import GRDB

/// Holds a database's write lock, as a backup tool or a stuck process would. For tests.
package final class WriteLock: Sendable {
    private let queue: DatabaseQueue

    package init(path: String) throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true  // it stays open between two calls
        queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { try $0.beginTransaction(.exclusive) }
    }

    package func release() { try? queue.writeWithoutTransaction { try $0.rollback() } }
}
#endif
