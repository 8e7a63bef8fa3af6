// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL && Redis
import Doorward
import DoorwardTesting
import Synchronization
import Testing

/// P4 and P8 of the servers: they are killed while people sign in. Nothing acknowledged is lost, nobody is told that a
/// password is wrong, and the same gatekeeper goes on when they are back.
@Suite(.serialized, .timeLimit(.minutes(60))) struct ServerCrashTests {
    enum Server: String, CaseIterable, Sendable {
        case postgreSQL, redis

        static let installed = allCases.filter {
            $0 == .redis ? RedisServer.isExpected : PostgreSQLServer.isExpected
        }
    }

    /// A server of its own, and what kills it and brings it back.
    struct Victim: Sendable {
        let place: StorePlace
        let crash: @Sendable () async throws -> Void
        let start: @Sendable () async throws -> Void
    }

    static func victim(_ server: Server) async throws -> Victim {
        switch server {
        case .postgreSQL:
            let server = try await PostgreSQLServer()
            return Victim(
                place: .postgreSQL(url: server.url, schema: "doorward"), crash: { try await server.crash() },
                start: { try await server.start() })
        case .redis:
            let server = try await RedisServer()
            return Victim(
                place: .redis(url: server.url), crash: { try await server.crash() }, start: { try await server.start() }
            )
        }
    }

    /// - Returns: How many sign-ins were acknowledged, and how many were unavailable.
    static func run(_ victim: Victim, times: Int) async throws -> (granted: Int, unavailable: Int) {
        let stage = try await SharedStage(on: victim.place)
        var sum = (granted: 0, unavailable: 0)
        for round in 0..<times {
            let name = "user\(round)"
            _ = try await stage.register(name)
            let count = Mutex(0)
            // Four tasks, each until it has its share; together fewer than an account may have at once.
            let share = Int.random(in: 2...10)
            async let outcomes = inParallelResults(4) { _ in
                var tokens: [SessionToken] = []
                var unavailable = 0
                while tokens.count < share {
                    do {
                        let outcome = try await stage.signIn(name)
                        guard case .granted(let new) = outcome else { throw Broken("a right password is \(outcome)") }
                        tokens.append(new.token)
                        count.withLock { $0 += 1 }
                    } catch let error as GatekeeperError {
                        try hold(error.code == .unavailable || error.code == .overloaded, "\(error)")
                        unavailable += 1
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
                return (tokens, unavailable)
            }
            // Somewhere among them.
            let before = Int.random(in: 1...(2 * share))
            let end = ContinuousClock.now.advanced(by: .seconds(30))
            while count.withLock({ $0 }) < before, ContinuousClock.now < end { await Task.yield() }
            try await victim.crash()
            try await victim.start()
            var tokens: [SessionToken] = []
            for outcome in await outcomes {
                let (theirs, failures) = try outcome.get()
                tokens += theirs
                sum.unavailable += failures
            }
            sum.granted += tokens.count
            try await CrashTests.examine(stage, name, tokens)
        }
        return sum
    }

    @Test(arguments: Server.installed) func nothingAcknowledgedIsLostByKillingTheServer(_ server: Server) async throws {
        let (granted, _) = try await Self.run(Self.victim(server), times: 3)
        #expect(granted >= 24)
    }

    /// A server that keeps nothing on its disk, and a store that was told to put up with that.
    @Test(.enabled(if: RedisServer.isExpected)) func aServerWithoutADiskWouldBeCaught() async throws {
        let server = try await RedisServer(["--appendonly", "no"])
        let victim = Victim(
            place: .forgetfulRedis(url: server.url), crash: { try await server.crash() },
            start: { try await server.start() })
        await expectCaught(by: "lost", "a right password is denied") { _ = try await Self.run(victim, times: 1) }
    }

    @Test(.enabled(if: RunLength.isSoak), arguments: Server.installed)
    func soakNothingAcknowledgedIsLostByKillingTheServer(_ server: Server) async throws {
        let (granted, unavailable) = try await Self.run(Self.victim(server), times: 50)
        print(
            "\(server), 50 kills of the server: \(granted) acknowledged sign-ins, none lost; \(unavailable) unavailable"
        )
    }
}
#endif
