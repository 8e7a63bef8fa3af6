// SPDX-License-Identifier: Apache-2.0

#if Redis
import DoorwardCore

/// What an acknowledged commit survives, as Redis can be set. Weaker than the first only by name.
public enum RedisDurability: Hashable, Sendable {
    /// Loss of power: `appendonly yes` and `appendfsync always`.
    case everyCommit
    /// The death of Redis; a loss of power takes the last second or two. For those who can sign in again.
    case everySecond
    /// Nothing. For tests and demonstrations.
    case none
}

/// What must be true of a server before and while a store uses it.
struct StartUp: Sendable {
    let url: RedisURL
    let durability: RedisDurability
    let timeout: Duration

    /// - Throws: `unavailable`, and what to do.
    func connect() throws(StoreError) -> Link {
        let link = try Link(host: url.host, port: url.port, timeout: timeout)
        if let password = url.password {
            var command = Command("AUTH")
            if let user = url.user { command.add(user.utf8) }
            command.add(password.copyBytes())
            _ = try link.ask([command])
        }
        if url.database > 0 { _ = try link.ask([Command("SELECT", "\(url.database)")]) }
        return link
    }

    /// That the server is what a store needs, still: asked of every connection, and again with the clock's comparison.
    ///
    /// - Throws: `unavailable`, and what to do.
    func check(_ link: Link) throws(StoreError) {
        try judge(facts(link))
        if durability == .everyCommit { try judgeSync(link) }
    }

    private static let mute = StoreError(.unavailable, "Redis did not say what it is")

    /// What Redis says of itself: lines of `name:value`.
    func facts(_ link: Link) throws(StoreError) -> [String: String] {
        guard case .bytes(let bytes)? = try link.ask([Command("INFO")]).first else { throw Self.mute }
        var facts: [String: String] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { facts[String(parts[0])] = String(parts[1]) }
        }
        return facts
    }

    private func judge(_ facts: [String: String]) throws(StoreError) {
        guard let version = facts["redis_version"] else { throw Self.mute }
        func refuse(_ reason: String) -> StoreError { StoreError(.unavailable, reason) }
        guard (Int(version.prefix { $0 != "." }) ?? 0) >= 7 else {
            throw refuse("Redis \(version) is too old: 7 or later")
        }
        guard facts["cluster_enabled"] != "1" else {
            throw refuse("this Redis is a cluster's node, and a cluster is not supported: name a single primary")
        }
        guard facts["role"] == "master" else { throw refuse("this Redis is a replica: name its primary") }
        guard facts["maxmemory_policy"] == "noeviction" else {
            throw refuse("Redis may evict records when memory is full: set maxmemory-policy noeviction")
        }
        guard durability == .none || facts["aof_enabled"] == "1" else {
            throw refuse("Redis keeps no append-only file and would lose commits: set appendonly yes")
        }
    }

    private func judgeSync(_ link: Link) throws(StoreError) {
        let names = ["appendfsync", "no-appendfsync-on-rewrite"]
        let replies: [RedisValue]
        do throws(StoreError) {
            replies = try link.ask(names.map { Command("CONFIG", "GET", $0) })
        } catch {
            throw StoreError(
                .unavailable,
                "Redis does not say whether it syncs every commit: allow CONFIG GET, or name another durability",
                underlying: error)
        }
        let values = replies.map { reply -> String? in
            guard case .array(let pair) = reply, pair.count == 2, case .bytes(let value) = pair[1] else { return nil }
            return String(decoding: value, as: UTF8.self)
        }
        guard values == ["always", "no"] else {
            throw StoreError(
                .unavailable,
                "Redis does not sync every commit: set appendfsync always and no-appendfsync-on-rewrite no")
        }
    }
}

extension Link {
    /// Commands of our own, outside any request: all must succeed.
    func ask(_ commands: [Command]) throws(StoreError) -> [RedisValue] {
        var values: [RedisValue] = []
        for reply in run(commands) {
            switch reply {
            case .error(let text)?: throw StoreError(redis: text)
            case let value?: values.append(value)
            case nil: throw StoreError(.unavailable, "Redis did not answer")
            }
        }
        return values
    }
}

extension StoreError {
    /// What an error reply means, and what to do about it. Nothing was changed.
    init(redis text: String) {
        let word = String(text.prefix { $0 != " " })
        let underlying = RedisMessage(text: text)
        switch word {
        case "OOM": self.init(.unavailable, "the memory of Redis is full", underlying: underlying)
        case "READONLY": self.init(.unavailable, "this Redis is a replica: name its primary", underlying: underlying)
        case "MISCONF": self.init(.unavailable, "Redis cannot write to its disk", underlying: underlying)
        case "LOADING": self.init(.unavailable, "Redis is still loading its data", underlying: underlying)
        case "NOAUTH", "WRONGPASS":
            self.init(.unavailable, "Redis refused the user or password of its URL", underlying: underlying)
        case "NOPERM": self.init(.unavailable, "the Redis user lacks a permission", underlying: underlying)
        case "WRONGTYPE": self.init(.corrupt, "a value is not a record", underlying: underlying)
        case "MOVED", "ASK", "CLUSTERDOWN", "CROSSSLOT":
            self.init(.unavailable, "this Redis has become part of a cluster", underlying: underlying)
        default: self.init(.unavailable, "Redis refused a request with \(word)", underlying: underlying)
        }
    }
}

/// What Redis said. May hold names of its own that no reason of ours should.
struct RedisMessage: Error, Sendable {
    let text: String
    /// The server is no longer what it was when the connection passed its checks.
    static func endsConnection(_ text: String) -> Bool {
        ["READONLY", "NOAUTH", "LOADING", "MASTERDOWN"].contains { text.hasPrefix($0) }
    }
}
#endif
