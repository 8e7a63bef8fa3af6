// SPDX-License-Identifier: Apache-2.0

import Doorward
import Synchronization

/// Many live sessions, and their tokens as a cookie brings them.
final class SessionShelf: Sendable {
    private final class MovingClock: WallClock {
        private let ahead = Mutex(Duration.zero)
        private let start = SystemWallClock().now()
        func now() -> Timestamp { start.advanced(by: ahead.withLock { $0 }) }
        func skip(_ duration: Duration) { ahead.withLock { $0 += duration } }
    }

    private let clock = MovingClock()
    private let service: SessionService
    private let tokens: [[UInt8]]
    private let next = Atomic(0)
    private let isNew = Atomic(true)

    init(on store: any AuthStore, sessions: Int) async throws {
        let service = SessionService(try await .open(store: store, keys: .ring(KeyRing()), clock: clock))
        self.service = service
        tokens = try await withThrowingTaskGroup(of: [[UInt8]].self) { group in
            let lanes = 50
            for lane in 0..<lanes {
                group.addTask {
                    var tokens: [[UInt8]] = []
                    for number in stride(from: lane, to: sessions / 20, by: lanes) {
                        guard let account = AccountID(bytes: Array("account \(number)".utf8)) else {
                            throw Workbench.Failed()
                        }
                        for _ in 0..<20 {
                            guard let signedIn = try await service.issue(to: account, methods: [.password]) else {
                                throw Workbench.Failed()
                            }
                            tokens.append(Array(signedIn.token.revealed().utf8))
                        }
                    }
                    return tokens
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// Session checks, all over the table.
    func check(_ count: Int, _ tasks: Int) async throws {
        guard tasks > 1 else { return try await checkInTurn(count) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<tasks { group.addTask { try await self.checkInTurn(count) } }
            try await group.waitForAll()
        }
    }

    private func checkInTurn(_ count: Int) async throws {
        for _ in 0..<count {
            let number = next.wrappingAdd(48_271, ordering: .relaxed).newValue
            let text = String(decoding: tokens[number % tokens.count], as: UTF8.self)
            guard let token = SessionToken(text), try await service.check(token) != nil else {
                throw Workbench.Failed()
            }
        }
    }

    /// Checks that write when the session was seen last: each session's turn comes again after more than a minute.
    func touch(_ count: Int) async throws {
        if isNew.exchange(false, ordering: .relaxed) { clock.skip(.seconds(61)) }
        for _ in 0..<count {
            clock.skip(.milliseconds(61_000) / tokens.count)
            try await checkInTurn(1)
        }
    }
}
