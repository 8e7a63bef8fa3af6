// SPDX-License-Identifier: Apache-2.0

import Doorward
@_spi(Testing) import DoorwardPasswords
import DoorwardTesting

/// A gatekeeper on a store that other processes share, with its key ring in a file, as a real service has.
struct SharedStage: Sendable {
    let place: StorePlace
    /// Where the key ring is.
    let folder: TemporaryFolder
    let gatekeeper: Gatekeeper

    init(_ choice: StoreChoice) async throws {
        try await self.init(on: choice.makePlace())
    }

    init(on place: StorePlace) async throws { try await self.init(place, TemporaryFolder()) }

    private init(_ place: StorePlace, _ folder: TemporaryFolder) async throws {
        self.place = place
        self.folder = folder
        gatekeeper = try await Self.gatekeeper(on: place.open(), folder)
    }

    static func gatekeeper(on store: any AuthStore, _ folder: TemporaryFolder) async throws -> Gatekeeper {
        var configuration = GatekeeperConfiguration(
            hashingPool: HashingPool(.init(threads: 1, deadline: .seconds(120))))
        configuration.argon2 = .forTests
        return Gatekeeper(
            try await .open(
                store: store, keys: .file(folder.path + "/keys"), retry: RetryPolicy(deadline: .seconds(60))),
            configuration: configuration)
    }

    /// Another handle, as another process would open.
    func another() async throws -> SharedStage { try await SharedStage(place, folder) }

    func register(_ name: String = "alice") async throws -> AccountID {
        guard
            case .registered(let account, _) = try await gatekeeper.register(name, password: Password(Stage.password))
        else { throw Broken("\(name) could not be registered") }
        return account
    }

    func signIn(_ name: String = "alice") async throws -> SignInOutcome {
        try await gatekeeper.signIn(name, password: Password(Stage.password))
    }

    /// The password, as a worker takes it.
    static let passwordWord = Stage.password.replacing(" ", with: "_")

    /// A child process that works on the same store.
    func worker(_ job: String, _ rest: String = "", environment: [String: String] = [:]) throws -> ChildProcess {
        try ChildProcess(
            ChildProcess.path(beside: "DoorwardTestWorker"),
            firstLine: "\(job) \(place.words) \(folder.path)/keys \(rest)", environment: environment)
    }

    /// Some that are ready.
    func workers(_ count: Int, _ job: String, _ rest: String = "") async throws -> [ChildProcess] {
        var workers: [ChildProcess] = []
        for _ in 0..<count { workers.append(try worker(job, rest)) }
        for worker in workers {
            let line = await worker.next()
            try hold(line == "ready", "a worker did not start: \(line ?? "it died")")
        }
        return workers
    }
}
