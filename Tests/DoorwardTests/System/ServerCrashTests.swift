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
    private struct Victim: Sendable {
        let place: StorePlace
        let crash: @Sendable () async throws -> Void
        let start: @Sendable () async throws -> Void
    }

    private static func victim(_ server: Server) async throws -> Victim {
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
    static func run(_ server: Server, times: Int) async throws -> (granted: Int, unavailable: Int) {
        let victim = try await victim(server)
        let stage = try await SharedStage(on: victim.place)
        var (granted, unavailable) = (0, 0)
        for round in 0..<times {
            let name = "user\(round)"
            _ = try await stage.register(name)
            let isOver = Atomic<Bool>(false)
            let signedIn = Atomic<Int>(0)
            async let outcomes = inParallelResults(4) { _ in
                var tokens: [SessionToken] = []
                var unavailable = 0
                while !isOver.load(ordering: .sequentiallyConsistent) {
                    do {
                        let outcome = try await stage.signIn(name)
                        guard case .granted(let new) = outcome else { throw Broken("a right password is \(outcome)") }
                        tokens.append(new.token)
                        signedIn.add(1, ordering: .sequentiallyConsistent)
                    } catch let error as GatekeeperError {
                        try hold(error.code == .unavailable || error.code == .overloaded, "\(error)")
                        unavailable += 1
                    }
                }
                return (tokens, unavailable)
            }
            let before = Int.random(in: 1...20)
            while signedIn.load(ordering: .sequentiallyConsistent) < before { await Task.yield() }
            try await victim.crash()
            try await victim.start()
            let after = signedIn.load(ordering: .sequentiallyConsistent) + 4
            while signedIn.load(ordering: .sequentiallyConsistent) < after { await Task.yield() }
            isOver.store(true, ordering: .sequentiallyConsistent)
            var tokens: [SessionToken] = []
            for outcome in await outcomes {
                let (theirs, failures) = try outcome.get()
                tokens += theirs
                unavailable += failures
            }
            granted += tokens.count
            // Fifty live at once; the order in which four tasks got theirs is unknown, so only as many are looked at as
            // cannot have been pushed out.
            var live = 0
            for token in tokens { live += try await stage.gatekeeper.session(for: token) == nil ? 0 : 1 }
            try hold(
                live >= min(tokens.count, SessionPolicy.seats - unavailable),
                "round \(round): of \(tokens.count) acknowledged sign-ins \(live) are there")
            try await CrashTests.examine(stage, name, [])
        }
        return (granted, unavailable)
    }

    @Test(arguments: Server.installed) func nothingAcknowledgedIsLostByKillingTheServer(_ server: Server) async throws {
        let (granted, _) = try await Self.run(server, times: 3)
        #expect(granted >= 12)
    }

    @Test(.enabled(if: RunLength.isSoak), arguments: Server.installed)
    func soakNothingAcknowledgedIsLostByKillingTheServer(_ server: Server) async throws {
        let (granted, unavailable) = try await Self.run(server, times: 50)
        print(
            "\(server), 50 kills of the server: \(granted) acknowledged sign-ins, none lost; \(unavailable) unavailable"
        )
    }
}
#endif
