// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore
import Foundation

#if SQLite
import DoorwardSQLite
#endif
#if PostgreSQL
import DoorwardPostgreSQL
#endif
#if Redis
import DoorwardRedis
#endif

/// A store as one line: `memory:`, `sqlite:PATH`, `postgresql://…` or `redis://…`.
///
/// For programs that let others choose. A service names its store's type.
package struct StoreURL: Sendable {
    package enum Kind: Sendable { case memory, sqlite, postgreSQL, redis }

    /// What a line is no store for.
    package struct Malformed: Error, CustomStringConvertible {
        package let description: String
    }

    package let kind: Kind
    private let text: String

    /// - Throws: ``Malformed``, which does not quote the text: it may hold a password.
    package init(_ text: String) throws(Malformed) {
        func startsWith(_ schemes: String...) -> Bool { schemes.contains { text.hasPrefix($0) } }
        self.text = text
        if text == "memory:" {
            kind = .memory
        } else if startsWith("sqlite:"), text.utf8.count > 7 {
            kind = .sqlite
        } else if startsWith("postgresql://", "postgres://") {
            kind = .postgreSQL
        } else if startsWith("redis://", "rediss://") {
            kind = .redis
        } else {
            throw Malformed(description: "A store is sqlite:PATH, postgresql://…, redis://… or memory:.")
        }
        try requireTrait()
    }

    private func requireTrait() throws(Malformed) {
        #if !SQLite
        if kind == .sqlite { throw Malformed(description: "Build with the trait \"SQLite\" for a store in a file.") }
        #endif
        #if !PostgreSQL
        if kind == .postgreSQL {
            throw Malformed(description: "Build with the trait \"PostgreSQL\" for a store on PostgreSQL.")
        }
        #endif
        #if !Redis
        if kind == .redis { throw Malformed(description: "Build with the trait \"Redis\" for a store on Redis.") }
        #endif
    }

    /// The file, if it is one.
    package var path: String? { kind == .sqlite ? String(text.dropFirst(7)) : nil }

    /// Whether a password is in it, which then must not be in an argument.
    package var hasPassword: Bool {
        guard kind == .postgreSQL || kind == .redis else { return false }
        let authority =
            text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).dropFirst(2).first ?? ""
        guard let parts = URLComponents(string: text) else {
            // What cannot be taken apart may hold one.
            return authority.contains("@") || text.contains("password")
        }
        return parts.password != nil || (parts.queryItems ?? []).contains { $0.name.contains("password") }
    }

    package func open() async throws(StoreError) -> any AuthStore {
        switch kind {
        case .memory: return InMemoryStore()
        case .sqlite:
            #if SQLite
            return try await SQLiteStore(at: path ?? "")
            #endif
        case .postgreSQL:
            #if PostgreSQL
            return try await PostgreSQLStore(text)
            #endif
        case .redis:
            #if Redis
            return try await RedisStore(text)
            #endif
        }
        #if !SQLite || !PostgreSQL || !Redis
        throw StoreError(.misuse, "this build has no such store")
        #endif
    }
}
