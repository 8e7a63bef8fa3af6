// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting

#if SQLite
import DoorwardSQLite
#endif
#if PostgreSQL
import DoorwardPostgreSQL
#endif
#if Redis
import DoorwardRedis
#endif

/// The stores on which every promise is proved.
enum StoreChoice: String, CaseIterable, Sendable, CustomStringConvertible {
    case memory
    #if SQLite
    case sqlite
    #endif
    #if PostgreSQL
    case postgreSQL
    #endif
    #if Redis
    case redis
    #endif

    /// Those whose servers are installed; in CI all, so that a missing one fails.
    static let allCases: [StoreChoice] = {
        var all: [StoreChoice] = [.memory]
        #if SQLite
        all.append(.sqlite)
        #endif
        #if PostgreSQL
        if PostgreSQLServer.isExpected {
            all.append(.postgreSQL)
        } else {
            print("PostgreSQL is skipped: not installed")
        }
        #endif
        #if Redis
        if RedisServer.isExpected { all.append(.redis) } else { print("Redis is skipped: not installed") }
        #endif
        return all
    }()

    /// Those that several processes can share.
    static let shared = allCases.filter { $0 != .memory }

    var description: String { rawValue }

    /// Room for an empty store.
    func makePlace() async throws -> StorePlace {
        switch self {
        case .memory: return .memory
        #if SQLite
        case .sqlite: return .sqlite(try TemporaryFolder())
        #endif
        #if PostgreSQL
        case .postgreSQL:
            let server = try await PostgreSQLServer.shared()
            return .postgreSQL(url: server.url, schema: server.newSchema())
        #endif
        #if Redis
        case .redis: return .redis(url: try await RedisServer.shared().newDatabase())
        #endif
        }
    }
}

/// Where a store is. What must live as long as the store is held by this.
enum StorePlace: Sendable {
    case memory
    #if SQLite
    case sqlite(TemporaryFolder)
    #endif
    #if PostgreSQL
    case postgreSQL(url: String, schema: String)
    #endif
    #if Redis
    case redis(url: String)
    /// One that keeps nothing when it ends.
    case forgetfulRedis(url: String)
    #endif

    /// As a worker is told of it: its URL, and the schema or a hyphen.
    var words: String {
        switch self {
        case .memory: "memory: -"
        #if SQLite
        case .sqlite(let folder): "sqlite:\(folder.path)/store.db -"
        #endif
        #if PostgreSQL
        case .postgreSQL(let url, let schema): "\(url) \(schema)"
        #endif
        #if Redis
        case .redis(let url), .forgetfulRedis(let url): "\(url) -"
        #endif
        }
    }

    /// One more handle on it; for memory, a store of its own.
    ///
    /// - Parameter clock: The store's own, where it has one. Servers tell their own time, to which this machine's clock
    ///   is compared.
    func open(clock: any WallClock = .system) async throws -> any AuthStore {
        switch self {
        case .memory: return InMemoryStore(clock: clock)
        #if SQLite
        case .sqlite(let folder):
            return try await SQLiteStore(at: folder.path + "/store.db", busyTimeout: .seconds(30), clock: clock)
        #endif
        #if PostgreSQL
        case .postgreSQL(let url, let schema):
            return try await PostgreSQLStore(url, schema: schema, timeout: .seconds(30))
        #endif
        #if Redis
        case .redis(let url): return try await RedisStore(url, timeout: .seconds(30))
        case .forgetfulRedis(let url): return try await RedisStore(url, durability: .none, timeout: .seconds(30))
        #endif
        }
    }
}
