// SPDX-License-Identifier: Apache-2.0

import Doorward
@_spi(Testing) import DoorwardPasswords
import DoorwardTesting
import Foundation
import Testing

#if SQLite
@testable import DoorwardSQLite
#endif

/// What is wrong with a deployment is found, and nothing is found that is right.
@Suite(.timeLimit(.minutes(10))) struct ExaminationTests {
    /// Something that is wrong, and how it comes to be.
    struct Seed: Sendable, CustomStringConvertible {
        let description: String
        let finds: String
        let plant: @Sendable (Stage, inout GatekeeperConfiguration) async throws -> Void

        init(
            _ description: String, finds: String,
            plant: @escaping @Sendable (Stage, inout GatekeeperConfiguration) async throws -> Void
        ) {
            self.description = description
            self.finds = finds
            self.plant = plant
        }
    }

    /// Writes a record as somebody who has the store would.
    private static func write(_ stage: Stage, _ key: RecordKey, _ value: [UInt8], expiresAt: Timestamp? = nil)
        async throws
    {
        let now = stage.clock.now()
        _ = try await stage.store.commit(CommitID(from: stage.random), [.remove(key, at: nil)], at: now)
        _ = try await stage.store.commit(
            CommitID(from: stage.random), [.create(key, value: value, expiresAt: expiresAt)], at: now)
    }

    private static func key(_ stage: Stage, _ kind: RecordKind) async throws -> RecordKey {
        try unwrap(try await stage.store.scan(after: nil, limit: 1000).first { $0.key.kind == kind }?.key)
    }

    static let seeds: [Seed] = [
        Seed("a password in the clear", finds: "records.damaged") { stage, _ in
            try await write(stage, key(stage, .passwords), Array("hunter2".utf8))
        },
        Seed("a damaged account", finds: "records.damaged") { stage, _ in
            let key = try await key(stage, .accounts)
            let record = try unwrap(try await stage.store.read([key], at: stage.clock.now())[0])
            try await write(stage, key, Array(record.value.dropLast()))
        },
        Seed("weak parameters configured", finds: "hashing.weak") { _, configuration in
            configuration.argon2 = .insecureForTesting
        },
        Seed("passwords hashed too cheaply", finds: "passwords.weak") { stage, _ in
            _ = try await stage.register("bob")
        },
        Seed("passwords as another system hashed them", finds: "passwords.old") { stage, _ in
            _ = try await stage.bringIn("bob", Stage.password)
        },
        Seed("hashing may use nearly all memory", finds: "hashing.memory") { _, configuration in
            configuration.hashingPool = HashingPool(.init(memoryBudget: HostLimits.current.memory / 10 * 9))
        },
        Seed("one hash needs more than there is", finds: "hashing.tooCostly") { _, configuration in
            configuration.hashingPool = HashingPool(.init(memoryBudget: 8 << 20))
        },
        Seed("a name without an account", finds: "names.orphaned") { stage, _ in
            try await stage.store.remove(key(stage, .accounts), at: stage.clock.now())
        },
        Seed("an account without its name", finds: "accounts.unreachable") { stage, _ in
            try await stage.store.remove(key(stage, .names), at: stage.clock.now())
        },
        Seed("a key that is lost", finds: "keys.missing") { stage, _ in
            let key = try await key(stage, .passwords)
            let record = try unwrap(try await stage.store.read([key], at: stage.clock.now())[0])
            let password = try PasswordRecord(stored: record.value)
            let other = PasswordHasher(keys: KeyRing())
            let hash = try await other.hash(Password(Stage.password), in: other.pool.admit(source: nil))
            try await write(
                stage, key,
                PasswordRecord(
                    account: password.account, hash: .own(hash), setAt: stage.clock.now(), random: stage.random
                ).encoded())
        },
        Seed("a clock that was ahead", finds: "clock.ahead") { stage, _ in
            _ = try await stage.gatekeeper.registerWithoutPassword(LoginName("bob"))
            stage.clock.advance(by: .seconds(-7200))
        },
        Seed("nobody purges", finds: "records.expired") { stage, _ in
            let partition = try unwrap(Partition(bytes: stage.random.bytes(16)))
            for number in 0..<101 {
                let key = RecordKey(.attempts, in: partition, id: try unwrap(RecordID([UInt8(number)])))
                let ledger = AttemptLedger(account: AccountID(from: stage.random))
                try await write(stage, key, ledger.encoded(), expiresAt: stage.clock.now().advanced(by: .seconds(1)))
            }
            stage.clock.advance(by: .seconds(2 * 86_400))
        },
        Seed("an audit log that somebody edited", finds: "audit.broken") { stage, _ in
            let log = AuditLog(stage.environment, chain: try unwrap(AuditChain("web-1")))
            for _ in 0..<3 {
                try await log.append([SecurityEvent(.loginFailed, at: stage.clock.now(), account: nil)])
            }
            try await stage.store.remove(key(stage, .auditEntries), at: stage.clock.now())
        },
        Seed("no audit log", finds: "audit.none") { _, _ in },
        Seed("no list of breached passwords", finds: "passwords.noBreachList") { _, _ in },
    ]

    /// A deployment with nothing wrong: one account hashed at full cost.
    private static func healthy(_ choice: StoreChoice) async throws -> (Stage, GatekeeperConfiguration) {
        let stage = try await Stage(choice)
        var configuration = stage.gatekeeper.configuration
        configuration.argon2 = .default
        configuration.hashingPool = HashingPool()
        let gatekeeper = Gatekeeper(stage.environment, configuration: configuration)
        _ = try await gatekeeper.register("alice", password: Password(Stage.password))
        _ = try await gatekeeper.signIn("alice", password: Password(Stage.password)).granted()
        return (stage, configuration)
    }

    /// Of the machine that the tests run on, and not of what they make.
    private static let ofTheMachine: Set<String> = [
        "sqlite.memory", "sqlite.full", "postgresql.superuser", "redis.open", "redis.maxmemory",
    ]

    @Test(arguments: StoreChoice.allCases)
    func aHealthyDeploymentHasNoProblem(_ choice: StoreChoice) async throws {
        let (stage, given) = try await Self.healthy(choice)
        var configuration = given
        configuration.auditChain = AuditChain("web-1")
        let gatekeeper = Gatekeeper(stage.environment, configuration: configuration)
        _ = try await gatekeeper.signIn("alice", password: Password(Stage.password)).granted()
        let found = try await gatekeeper.examine().filter { !Self.ofTheMachine.contains($0.code) }
        #expect(found.map(\.code) == ["passwords.noBreachList"], "\(found)")
    }

    @Test(arguments: seeds) func everySeededFaultIsFound(_ seed: Seed) async throws {
        let (stage, given) = try await Self.healthy(.memory)
        var configuration = given
        try await seed.plant(stage, &configuration)
        let gatekeeper = Gatekeeper(stage.environment, configuration: configuration)
        let found = try await gatekeeper.examine()
        #expect(found.contains { $0.code == seed.finds }, "\(found)")
        // Nothing but the seed, and what is said of every one of these.
        let always: Set<String> = ["audit.none", "passwords.noBreachList"]
        let others = Set(found.map(\.code)).subtracting(always).subtracting([seed.finds])
        #expect(others.isSubset(of: ["names.orphaned", "accounts.unreachable"]), "\(others)")
        for finding in found { #expect(!finding.message.contains("alice") && !finding.message.contains("hunter2")) }
    }

    #if SQLite
    @Test func filesThatOthersReadAndNetworkFileSystemsAreFound() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/store.db"
        let store = try await SQLiteStore(at: path)
        #expect(try await store.examine().filter { !Self.ofTheMachine.contains($0.code) }.isEmpty)
        #expect(unsafe chmod(path, 0o644) == 0)
        #expect(try await store.examine().contains { $0.code == "sqlite.mode" })
        func mount(_ kind: String) -> String {
            "36 35 8:1 / / rw - ext4 /dev/a rw\n40 36 259:7 / /data rw,noatime shared:1 - \(kind) server:/x rw\n"
        }
        let device: dev_t = (259 << 8) | 7
        func code(_ kind: String) -> String? { SQLiteStore.finding(ofDevice: device, in: mount(kind))?.code }
        #expect(code("nfs4") == "sqlite.network" && code("cifs") == "sqlite.network")
        #expect(code("tmpfs") == "sqlite.memory" && code("ext4") == nil)
        for nonsense in ["", "-", "\n\n", "1 2 259:7 -", "a b 259:7 d e f"] {
            #expect(SQLiteStore.finding(ofDevice: device, in: nonsense) == nil)
        }
    }

    @Test func aDamagedDatabaseIsFound() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/store.db"
        let store = try await SQLiteStore(at: path)
        for number in 0..<200 {
            let partition = try #require(Partition(bytes: SystemRandomSource().bytes(16)))
            _ = try await store.commit(
                CommitID(from: SystemRandomSource()),
                [
                    .create(
                        RecordKey(RecordKind(code: 2000), in: partition, id: try #require(RecordID([1]))),
                        value: [UInt8](repeating: UInt8(number), count: 500), expiresAt: nil)
                ], at: Timestamp(seconds: 1))
        }
        let plain = try await Tool("python3").run([
            "-c",
            """
            import sqlite3, sys
            c = sqlite3.connect(sys.argv[1]); c.execute("PRAGMA wal_checkpoint(TRUNCATE)"); c.close()
            f = open(sys.argv[1], "r+b"); f.seek(4096 * 6 + 8); f.write(b"\\xff" * 600); f.close()
            """, path,
        ])
        #expect(plain.status == 0)
        #expect(try await store.examine().contains { $0.code == "sqlite.damaged" })
    }
    #endif

    #if PostgreSQL
    @Test(.enabled(if: PostgreSQLServer.isExpected, "PostgreSQL is not installed"))
    func rightsAndSettingsOfPostgreSQLAreFound() async throws {
        let stage = try await Stage(.postgreSQL)
        guard case .postgreSQL(let url, let schema) = stage.place else { return }
        let store = try #require(stage.store as? any ExaminableStore)
        #expect(try await store.examine().allSatisfy { $0.weight == .advice })
        for (sql, code) in [
            ("GRANT SELECT ON \(schema).records TO PUBLIC", "postgresql.public"),
            ("ALTER TABLE \(schema).counters SET UNLOGGED", "postgresql.unlogged"),
        ] {
            let psql = try await Tool("psql").run([url, "-c", sql])
            #expect(psql.status == 0, "\(psql.output)")
            #expect(try await store.examine().contains { $0.code == code && $0.weight == .problem })
        }
    }
    #endif
}

extension AuthStore {
    fileprivate func remove(_ key: RecordKey, at now: Timestamp) async throws {
        _ = try await commit(CommitID(from: SystemRandomSource()), [.remove(key, at: nil)], at: now)
    }
}
