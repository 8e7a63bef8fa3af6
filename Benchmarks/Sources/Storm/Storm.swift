// SPDX-License-Identifier: Apache-2.0

import Doorward
import Foundation
import Glibc
import Synchronization
import Workload

/// Clients that sign in without pause, and beside them session checks that are due every two milliseconds, each timed
/// from when it was due.
struct Storm {
    let seconds: Int

    struct Result: Codable {
        var signInsPerSecond, typical, late, latest, faults: Double
        /// MiB: at most, and before anything was hashed.
        var peak, before: Double
    }

    func run(_ variant: Variant) async throws -> Result {
        guard let pool = variant.pool() else { throw Failed() }
        let before = Self.memory("VmRSS")
        let gatekeeper = try await Gatekeeper(
            store: InMemoryStore(), keys: .ring(KeyRing()), configuration: GatekeeperConfiguration(hashingPool: pool))
        let password = Password("a password that nobody knows")
        for client in 0..<Variant.clients {
            guard case .registered = try await gatekeeper.register("client\(client)", password: password) else {
                throw Failed()
            }
        }
        // Of somebody who signs in once: who signs in again and again loses the oldest sessions.
        _ = try await gatekeeper.register("visitor", password: password)
        guard case .granted(let signedIn) = try await gatekeeper.signIn("visitor", password: password) else {
            throw Failed()
        }
        let isOver = Atomic(false)
        let signIns = Atomic(0)
        let storm = Task {
            try await inParallel(Variant.clients) { client in
                while !isOver.load(ordering: .relaxed) {
                    guard case .granted = try await gatekeeper.signIn("client\(client)", password: password) else {
                        throw Failed()
                    }
                    signIns.add(1, ordering: .relaxed)
                }
            }
        }
        // Until every thread has its memory.
        try await Task.sleep(for: .seconds(1))
        let (begun, counted) = (Usage(), signIns.load(ordering: .relaxed))
        let late = try await Self.checks(seconds * 500, on: gatekeeper, of: signedIn.token)
        let used = Usage().since(begun)
        let done = signIns.load(ordering: .relaxed) - counted
        isOver.store(true, ordering: .relaxed)
        try await storm.value
        return Result(
            signInsPerSecond: Double(done) / (Double(used.wall) / 1e9), typical: late[late.count / 2],
            late: late[late.count * 99 / 100], latest: late[late.count - 1],
            faults: Double(used.faults) / Double(max(done, 1)), peak: Self.memory("VmHWM"), before: before)
    }

    /// How late each was answered, in milliseconds, in ascending order.
    private static func checks(_ count: Int, on gatekeeper: Gatekeeper, of token: SessionToken) async throws -> [Double]
    {
        try await withThrowingTaskGroup(of: Double.self) { group in
            let (due, starter) = AsyncStream.makeStream(of: ContinuousClock.Instant.self)
            // A thread that has nothing else to do knows best when it is time.
            Thread.detachNewThread {
                let start = ContinuousClock.now
                for number in 0..<count {
                    let time = start.advanced(by: .milliseconds(2) * number)
                    let rest = (time - ContinuousClock.now).components
                    if rest.seconds >= 0, rest.attoseconds > 0 { usleep(UInt32(rest.attoseconds / 1_000_000_000_000)) }
                    starter.yield(time)
                }
                starter.finish()
            }
            for await time in due {
                group.addTask {
                    guard try await gatekeeper.session(for: token) != nil else { throw Failed() }
                    return (ContinuousClock.now - time) / .milliseconds(1)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted()
        }
    }

    private static func memory(_ field: String) -> Double {
        let lines = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8))?.split(separator: "\n") ?? []
        let words = lines.first { $0.hasPrefix(field + ":") }?.split(separator: " ") ?? []
        return (words.dropFirst().first.flatMap { Double($0) } ?? 0) / 1024
    }
}
