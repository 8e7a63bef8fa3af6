// SPDX-License-Identifier: Apache-2.0

public import Doorward
import Synchronization

/// Many live sessions, and their tokens as a cookie brings them.
public final class SessionShelf: Sendable {
    private final class MovingClock: WallClock {
        private let nanoseconds = Atomic(0)
        private let start = SystemWallClock().now()
        func now() -> Timestamp {
            Timestamp(milliseconds: start.milliseconds + Int64(nanoseconds.load(ordering: .relaxed) / 1_000_000))
        }
        func skip(_ nanoseconds: Int) { self.nanoseconds.add(nanoseconds, ordering: .relaxed) }
    }

    private let clock = MovingClock()
    private let service: SessionService
    /// One after the other.
    private let tokens: [UInt8]
    private let count: Int
    private let next = Atomic(0)
    private let isNew = Atomic(true)

    /// Issues sessions to accounts of up to fifty each.
    public init(on store: any AuthStore, sessions: Int) async throws {
        let service = SessionService(try await .open(store: store, keys: .ring(KeyRing()), clock: clock))
        self.service = service
        tokens = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            let (lanes, each) = (50, 50)
            for lane in 0..<lanes {
                group.addTask {
                    var tokens: [UInt8] = []
                    for number in stride(from: lane, to: sessions / each, by: lanes) {
                        guard let account = AccountID(bytes: Array("account \(number)".utf8)) else {
                            throw Failed()
                        }
                        for _ in 0..<each {
                            guard let signedIn = try await service.issue(to: account, methods: [.password]) else {
                                throw Failed()
                            }
                            tokens += signedIn.token.revealed().utf8
                        }
                    }
                    return tokens
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        count = tokens.count / Self.length
    }

    /// Of a token, in bytes.
    private static let length = 68

    /// Session checks, all over the table.
    public func check(_ count: Int) async throws {
        var place = next.wrappingAdd(7919, ordering: .relaxed).newValue
        for start in stride(from: 0, to: count, by: 256) {
            // What has just arrived, which is where a check begins.
            var arrived: [UInt8] = []
            for _ in start..<min(start + 256, count) {
                place &+= 48_271
                let first = place % self.count * Self.length
                arrived += tokens[first..<first + Self.length]
            }
            for first in stride(from: 0, to: arrived.count, by: Self.length) {
                let text = String(decoding: arrived[first..<first + Self.length], as: UTF8.self)
                guard let token = SessionToken(text), try await service.check(token) != nil else { throw Failed() }
            }
        }
    }

    /// Checks that write when the session was seen last: each session's turn comes again after more than a minute.
    public func touch(_ count: Int) async throws {
        if isNew.exchange(false, ordering: .relaxed) { clock.skip(61_000_000_000) }
        for _ in 0..<count {
            clock.skip(61_000_000_000 / self.count)
            try await check(1)
        }
    }
}

/// Something that is to be measured did not do what it should.
public struct Failed: Error {
    public init() {}
}
