// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardSQLite

/// Registers somebody once, then signs them in. Run it twice: the account is kept in `hello.db`.
@main
enum HelloSignIn {
    static func main() async throws {
        let gatekeeper = try await Gatekeeper(store: SQLiteStore(at: "hello.db"), keys: .file("hello.keys"))
        let password = Password("correct horse battery staple")

        switch try await gatekeeper.register("alice", password: password) {
        case .registered(_, let name): print("registered \(name.text)")
        case .refused(let violations): print("not registered: \(violations.map(\.code))")
        case .badName(let error): print("no such name: \(error)")
        @unknown default: print("not registered")
        }

        switch try await gatekeeper.signIn("alice", password: password) {
        case .granted(let signedIn):
            let session = try await gatekeeper.session(for: signedIn.token)
            print("signed in until \(session?.expiresAt.description ?? "now")")
            try await gatekeeper.signOut(signedIn.token)
        case .pending(let pending): print("one more step: \(pending.needs)")
        case .denied(let denial): print("denied", denial.retryAfter.map { "for \($0)" } ?? "")
        @unknown default: print("denied")
        }
    }
}
