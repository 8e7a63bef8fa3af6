// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardSQLite

/// A service that has its users already: in `users.db`, or in the PostgreSQL database whose URL is given. Alice's hash was
/// made by Django; she signs in with the password she has, and Doorward keeps a hash of its own from then on.
@main
enum OwnUserTable {
    static let hash = "pbkdf2_sha256$260000$bPWnq6WB8OiYrfftrJaIAw$DHVcqt/c0uoTdOmRO6sa2n86NIKNIQlXhgP/mfbksEU="

    static func main() async throws {
        var configuration = GatekeeperConfiguration()
        if let url = CommandLine.arguments.dropFirst().first {
            let users = try PostgreSQLUsers(url)
            try users.add("alice", hash: hash)
            configuration.directory = users
        } else {
            let users = try SQLiteUsers(path: "users.db")
            try users.add("alice", hash: hash)
            configuration.directory = users
        }
        let gatekeeper = try await Gatekeeper(
            store: SQLiteStore(at: "auth.db"), keys: .file("auth.keys"), configuration: configuration)
        for password in ["not her password", "correct horse battery staple"] {
            switch try await gatekeeper.signIn("Alice", password: Password(password)) {
            case .granted(let signedIn): print("signed in until \(signedIn.session.expiresAt)")
            case .pending(let pending): print("one more step: \(pending.needs)")
            case .denied(let denial): print("denied", denial.retryAfter.map { "for \($0)" } ?? "")
            @unknown default: print("denied")
            }
        }
    }
}
