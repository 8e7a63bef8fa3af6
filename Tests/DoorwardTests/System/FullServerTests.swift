// SPDX-License-Identifier: Apache-2.0

#if Redis
import Doorward
import DoorwardTesting
import Testing

/// A server that has no room left.
@Suite(.enabled(if: RedisServer.isExpected, "Redis is not installed"), .timeLimit(.minutes(10)))
struct FullServerTests {
    @Test func onAFullRedisPeopleCanSignOutAndBeRevokedButNotSignIn() async throws {
        let server = try await RedisServer()
        let stage = try await SharedStage(on: .redis(url: server.url))
        _ = try await stage.register()
        let (first, second) = (try await stage.signIn().granted(), try await stage.signIn().granted())
        try await server.run("config", "set", "maxmemory", "1")
        do {
            _ = try await stage.signIn()
            Issue.record("a sign-in went through")
        } catch let error as GatekeeperError {
            #expect(error.code == .unavailable)
        }
        try await stage.gatekeeper.signOut(first.token)
        #expect(try await stage.gatekeeper.session(for: first.token) == nil)
        #expect(try await stage.gatekeeper.session(for: second.token) != nil)
        _ = try await stage.gatekeeper.disable("alice")
        #expect(try await stage.gatekeeper.session(for: second.token) == nil)
        try await server.run("config", "set", "maxmemory", "0")
        _ = try await stage.gatekeeper.enable("alice")
        #expect(try await stage.signIn().isGranted)
    }
}
#endif
