// SPDX-License-Identifier: Apache-2.0

#if Redis
import DoorwardCore
import Foundation

/// Where a Redis server is: `redis://[[user]:password@]host[:port][/database]`.
struct RedisURL: Sendable {
    let host: String
    let port: Int32
    let user: String?
    let password: Secret?
    let database: Int

    /// - Throws: `misuse`, without quoting the URL, which may hold a password.
    init(_ text: String) throws(StoreError) {
        func refuse(_ reason: String) -> StoreError { StoreError(.misuse, reason) }
        if text.hasPrefix("rediss://") {
            throw refuse("TLS to Redis is not supported: put a tunnel before it, such as stunnel, and use redis://")
        }
        guard text.hasPrefix("redis://"), let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty
        else { throw refuse("a Redis URL is redis://[[user]:password@]host[:port][/database]") }
        guard !host.contains(",") else {
            throw refuse("several hosts: neither Redis Cluster nor Sentinel is supported, name one primary")
        }
        guard parts.query == nil, parts.fragment == nil else { throw refuse("a Redis URL takes no query or fragment") }
        let path = parts.path.drop { $0 == "/" }
        guard let database = path.isEmpty ? 0 : Int(path), database >= 0, parts.path.count - path.count <= 1 else {
            throw refuse("the path of a Redis URL is the number of a database")
        }
        guard let port = Int32(exactly: parts.port ?? 6379), (1...65535).contains(port) else {
            throw refuse("the port of a Redis URL is 1 to 65535")
        }
        // Foundation keeps the brackets of an IPv6 address.
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        self.port = port
        self.database = database
        user = parts.user.flatMap { $0.isEmpty ? nil : $0 }
        password = parts.password.flatMap { $0.isEmpty ? nil : Secret(copying: $0.utf8) }
        guard user == nil || password != nil else { throw refuse("a Redis URL with a user needs a password") }
    }
}
#endif
