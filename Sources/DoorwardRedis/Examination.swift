// SPDX-License-Identifier: Apache-2.0

#if Redis
public import DoorwardCore

extension RedisStore: ExaminableStore {
    /// Who may reach the server, whether its disk and memory will do, and what a loss of power takes.
    public func examine() async throws(StoreError) -> [Finding] {
        let startUp = startUp
        let found = await onOwnThread(named: "doorward.examine") {
            Result { () throws(StoreError) in try Self.examine(startUp) }
        }
        guard let found else { throw StoreError(.unavailable, "no thread could be started") }
        return try found.get()
    }

    private static func examine(_ startUp: StartUp) throws(StoreError) -> [Finding] {
        let facts = try startUp.facts(startUp.connect())
        let isHere = ["localhost", "::1"].contains(startUp.url.host) || startUp.url.host.hasPrefix("127.")
        let (used, most) = (facts["used_memory"].flatMap { Int($0) }, facts["maxmemory"].flatMap { Int($0) })
        let isNearlyFull = if let used, let most, most > 0 { used > most / 5 * 4 } else { false }
        let findings: [(Bool, Finding)] = [
            (
                startUp.url.password == nil,
                Finding(
                    isHere ? .advice : .problem, "redis.open",
                    "Redis lets in whoever reaches it: set a password (an ACL user), and name it in DOORWARD_STORE.")
            ),
            (
                !isHere,
                Finding(
                    .problem, "redis.clear",
                    "Redis is reached over a network in the clear: put a tunnel before it, such as stunnel.")
            ),
            (
                startUp.durability != .everyCommit,
                Finding(
                    .problem, "redis.durability", "A loss of power takes acknowledged commits: set appendfsync always.")
            ),
            (
                facts["aof_last_write_status"].map { $0 != "ok" } ?? false,
                Finding(.problem, "redis.disk", "Redis could not write its append-only file: see its log.")
            ),
            (
                isNearlyFull,
                Finding(.problem, "redis.full", "Four fifths of the memory that Redis may use are used: give it more.")
            ),
            (
                most == 0,
                Finding(
                    .advice, "redis.maxmemory",
                    "Redis has no limit to its memory, and is killed when the machine has none left: set maxmemory.")
            ),
        ]
        return findings.filter(\.0).map(\.1)
    }
}
#endif
