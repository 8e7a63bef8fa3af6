// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardTesting
import Foundation
import Glibc
import Synchronization
import Testing

/// The lanes of a store to its server, with a server that does what it is told.
@Suite(.timeLimit(.minutes(5))) struct ServerConnectionsTests {
    private static let now = Timestamp(seconds: 1)

    private static func key(_ number: UInt8) throws -> RecordKey {
        RecordKey(
            RecordKind(code: 2000), in: try #require(Partition(bytes: [UInt8](repeating: number, count: 16))),
            id: try #require(RecordID([number])))
    }

    private static func connections(
        to server: PlayedServer, writers: Int = 1, timeout: Duration = .seconds(60), clock: any WallClock = .system
    ) throws -> ServerConnections {
        try ServerConnections(
            name: "test", writers: writers, batchLimit: 8, timeout: timeout,
            clocks: ClockComparison(clock: clock, events: [])
        ) { () throws(StoreError) in try server.connect() }
    }

    private static func commit(_ number: UInt8) throws -> StoreRequest {
        .commit(CommitID(from: SystemRandomSource()), [.remove(try key(number), at: nil)], at: now)
    }

    @Test(arguments: [1, 3], [PlayedServer.Speed.never, .oftenNot, .always, .begun])
    func everybodyGetsTheirOwnAnswerAndNoConnectionIsUsedByTwo(_ writers: Int, _ speed: PlayedServer.Speed) async throws
    {
        let server = PlayedServer(speed)
        // Longer than the test: nobody may be waiting for it.
        let connections = try Self.connections(to: server, writers: writers, timeout: .seconds(3600))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<UInt8(32) {
                group.addTask {
                    for step in 0..<50 {
                        let key = try Self.key(task)
                        if step % 3 == 0 {
                            #expect(try await connections.answer(Self.commit(task)) == .commit(.committed))
                        } else {
                            let reply = try await connections.answer(.read([key], at: Self.now))
                            #expect(reply == .records([PlayedServer.record(key)]))
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(server.largestBatch <= 8)
        #expect(server.largestBatch > 1)
        #expect(!server.wasSharedByTwo)
    }

    @Test func whoComesToAFreeConnectionSendsAtOnceAndWakesNobody() async throws {
        let server = PlayedServer(.never)
        let connections = try Self.connections(to: server)
        for _ in 0..<20 { _ = try await connections.answer(.read([Self.key(1)], at: Self.now)) }
        // The first makes the connection, which blocks.
        #expect(server.sentByThreads == 1)
    }

    @Test func anAnswerThatHasComeAlreadyIsWaitedForByNobody() async throws {
        // The first makes the connection, which blocks; after that a thread may be awake already, until it knows better.
        for (speed, waits) in [(PlayedServer.Speed.always, 1...10), (.never, 50...50)] {
            let server = PlayedServer(speed)
            let connections = try Self.connections(to: server)
            for _ in 0..<50 { _ = try await connections.answer(.read([Self.key(1)], at: Self.now)) }
            #expect(waits.contains(server.waitCount))
        }
    }

    @Test func aConnectionThatIsLostWithAnAnswerIsNotUsedAgain() async throws {
        let server = PlayedServer(.always)
        let connections = try Self.connections(to: server)
        let (key, record) = (try Self.key(1), PlayedServer.record(try Self.key(1)))
        for count in 1...5 {
            for _ in 0..<3 {
                #expect(try await connections.answer(.read([key], at: Self.now)) == .records([record]))
                #expect(server.connectionCount == count)
            }
            server.leaves()
            #expect(try await connections.answer(.read([key], at: Self.now)) == .records([record]))
        }
    }

    @Test func whatTheSocketDoesNotTakeAtOnceIsSentByTheThread() async throws {
        let server = PlayedServer()
        let connections = try Self.connections(to: server)
        let start = ContinuousClock.now
        for behaviour in [PlayedServer.Behaviour.answers, .takesHalf, .answers, .takesHalf] {
            server.behaves(behaviour)
            #expect(try await connections.answer(Self.commit(1)) == .commit(.committed))
        }
        #expect(server.connectionCount == 1)
        // Else the end of its wait would have brought the thread there.
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test(arguments: [PlayedServer.Behaviour.hangsUp, .isSilent])
    func aLostReadIsAskedAgainAndALostChangeIsUnknown(_ behaviour: PlayedServer.Behaviour) async throws {
        let server = PlayedServer()
        // A thread that listens already notices silence when its wait is over.
        let connections = try Self.connections(to: server, timeout: .seconds(behaviour == .isSilent ? 2 : 60))
        let (key, other) = (try Self.key(1), try Self.key(2))
        // On a fresh connection, and on one that callers send on.
        for _ in 0..<3 {
            server.behaves(behaviour)
            #expect(try await connections.answer(.read([key], at: Self.now)) == .records([PlayedServer.record(key)]))
            #expect(try await connections.answer(Self.commit(2)) == .commit(.committed))
            server.behaves(behaviour)
            await #expect(throws: StoreError(.outcomeUnknown, "")) { try await connections.answer(Self.commit(1)) }
            #expect(
                try await connections.answer(.read([other], at: Self.now)) == .records([PlayedServer.record(other)]))
        }
    }

    @Test func aReadThatIsLostTwiceIsUnavailable() async throws {
        let server = PlayedServer()
        let connections = try Self.connections(to: server)
        server.behaves(.hangsUp, times: 2)
        await #expect(throws: StoreError(.unavailable, "")) {
            try await connections.answer(.read([Self.key(1)], at: Self.now))
        }
        #expect(server.sentCount == 2)
    }

    /// They may have died with it, or lead to a server that is not the right one any more.
    @Test func whenOneConnectionIsLostNoneOfTheOthersIsUsedAgain() async throws {
        let server = PlayedServer()
        let connections = try Self.connections(to: server)
        let read = StoreRequest.read([try Self.key(1)], at: Self.now)
        _ = try await connections.answer(read)
        server.behaves(.hangsUp)
        await #expect(throws: StoreError(.outcomeUnknown, "")) { try await connections.answer(Self.commit(1)) }
        #expect(server.connectionCount == 2)
        _ = try await connections.answer(read)
        #expect(server.connectionCount == 3)
        _ = try await connections.answer(Self.commit(1))
        _ = try await connections.answer(read)
        #expect(server.connectionCount == 4)
    }

    @Test func whenItIsTimeEveryConnectionIsCheckedBeforeItIsUsed() async throws {
        let server = PlayedServer()
        let clock = SteppingClock()
        let connections = try Self.connections(to: server, clock: clock)
        for round in 1...3 {
            for _ in 0..<3 {
                _ = try await connections.answer(.read([Self.key(1)], at: Self.now))
                _ = try await connections.answer(Self.commit(1))
            }
            #expect(server.checkCount == 2 * round)
            // A step is as good as a minute.
            clock.advance(by: .seconds(round.isMultiple(of: 2) ? -20 : 20))
        }
        #expect(server.connectionCount == 2)
    }

    @Test func aReplyThatNobodyAskedForIsNobodys() async throws {
        let server = PlayedServer()
        let connections = try Self.connections(to: server)
        for count in 1...20 {
            _ = try await connections.answer(.read([Self.key(1)], at: Self.now))
            #expect(server.connectionCount == count)
            server.speakOnAll()
        }
    }

    @Test func hangUpsSilencesAndHalvesAmongManyLoseNobody() async throws {
        let server = PlayedServer()
        let connections = try Self.connections(to: server, writers: 2)
        let outcomes = await withTaskGroup(of: Result<StoreReply, StoreError>.self) { group in
            for task in 0..<UInt8(16) {
                group.addTask {
                    var last = Result<StoreReply, StoreError>.success(.count(0))
                    for step in 0..<60 {
                        if task == 0, step % 5 == 0 { server.behaves(step % 10 == 0 ? .hangsUp : .takesHalf) }
                        do throws(StoreError) {
                            guard let key = try? Self.key(task), let commit = try? Self.commit(task) else { break }
                            last = .success(
                                try await connections.answer(step % 2 == 0 ? .read([key], at: Self.now) : commit))
                            if step % 2 == 0 { #expect(last == .success(.records([PlayedServer.record(key)]))) }
                        } catch { last = .failure(error) }
                        if case .failure(let error) = last { #expect(error.code == .outcomeUnknown || step % 2 == 0) }
                    }
                    return last
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count == 16)
        #expect(!server.wasSharedByTwo)
    }

    @Test func noChangeGoesWhereTheServerHasHungUp() async throws {
        let server = PlayedServer()
        let connections = try Self.connections(to: server)
        for count in 1...5 {
            #expect(try await connections.answer(Self.commit(1)) == .commit(.committed))
            #expect(server.connectionCount == count)
            server.hangUpOnAll()
        }
    }

    @Test func aClockThatSteppedIsComparedBeforeAnythingIsSent() async throws {
        let server = PlayedServer()
        let clock = SteppingClock()
        let connections = try Self.connections(to: server, clock: clock)
        let read = StoreRequest.read([try Self.key(1)], at: Self.now)
        _ = try await connections.answer(read)
        clock.advance(by: .seconds(3600))
        let sent = server.sentCount
        await #expect(throws: StoreError(.unavailable, "")) { try await connections.answer(read) }
        #expect(server.sentCount == sent)
        clock.advance(by: .seconds(-3600))
        #expect(try await connections.answer(read) == .records([PlayedServer.record(try Self.key(1))]))
    }

    @Test func connectionsThatNobodyHoldsEnd() async throws {
        let server = PlayedServer()
        do {
            let connections = try Self.connections(to: server, writers: 3)
            _ = try await connections.answer(.read([Self.key(1)], at: Self.now))
            _ = try await connections.answer(Self.commit(1))
            _ = try await connections.answer(.scan(after: nil, limit: 1))
            #expect(server.connectionCount == 3)
        }
        #expect(await onOwnThread(named: "test") { server.awaitEnd() } != nil)
    }
}

/// The machine's clock, set wrong.
private final class SteppingClock: WallClock {
    private let offset = Mutex(Duration.zero)

    func now() -> Timestamp { SystemWallClock().now().advanced(by: offset.withLock { $0 }) }

    func advance(by duration: Duration) { offset.withLock { $0 += duration } }
}

/// A server as its connections see it.
final class PlayedServer: Sendable {
    enum Behaviour: Sendable {
        case answers, takesHalf, hangsUp, isSilent
    }

    /// How often answers are there as soon as they are looked for.
    enum Speed: Sendable {
        case never, oftenNot, always
        /// At once, and only whoever may wait can finish with them.
        case begun
    }

    private struct State {
        var waits = 0
        var isLeaving = false
        var looks = 0
        var behaviour = Behaviour.answers
        var pipes: [Pipe] = []
        var checks = 0
        var times = 0
        var sent = 0
        var sentByThreads = 0
        var largestBatch = 0
        var isShared = false
    }
    private let state = Mutex(State())
    private let living = Monitor(0)
    let speed: Speed

    init(_ speed: Speed = .oftenNot) { self.speed = speed }

    static func record(_ key: RecordKey) -> StoredRecord {
        StoredRecord(
            key: key, value: key.id.bytes,
            version: CommitID(bytes: key.partition.bytes) ?? .init(from: SystemRandomSource()), expiresAt: nil)
    }

    func connect() throws(StoreError) -> PlayedConnection {
        guard let pipe = Pipe() else { throw StoreError(.unavailable, "no pipe") }
        living.update { $0 += 1 }
        state.withLock { $0.pipes.append(pipe) }
        return PlayedConnection(self, pipe)
    }

    /// The next answer that is there at once is the last on its connection.
    func leaves() { state.withLock { $0.isLeaving = true } }

    func behaves(_ behaviour: Behaviour, times: Int = 1) {
        state.withLock { state in (state.behaviour, state.times) = (behaviour, times) }
    }

    func hangUpOnAll() {
        for pipe in state.withLock({ $0.pipes }) { pipe.hangUp() }
    }

    /// What is done with a batch.
    func receive(_ count: Int) -> Behaviour {
        let name = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
        let isThread = name?.hasPrefix("test") == true
        return state.withLock { state in
            state.sent += 1
            if isThread { state.sentByThreads += 1 }
            state.largestBatch = max(state.largestBatch, count)
            guard state.times > 0 else { return .answers }
            state.times -= 1
            return state.behaviour
        }
    }

    /// A byte that answers nothing.
    func speakOnAll() { for pipe in state.withLock({ $0.pipes }) { pipe.answer() } }

    /// Whether the answer that is looked for is there.
    var isQuick: Bool {
        state.withLock { state in
            state.looks += 1
            // Several quick ones, then several that are not.
            return speed == .always || speed == .begun || (speed == .oftenNot && state.looks / 3 % 2 == 0)
        }
    }

    func takesLeave() -> Bool {
        state.withLock { state in
            defer { state.isLeaving = false }
            return state.isLeaving
        }
    }

    func noteWait() { state.withLock { $0.waits += 1 } }
    func noteCheck() { state.withLock { $0.checks += 1 } }
    func noteShared() { state.withLock { $0.isShared = true } }
    func noteEnd() { living.update { $0 -= 1 } }
    func awaitEnd() { living.wait { $0 == 0 ? () : nil } }

    var checkCount: Int { state.withLock { $0.checks } }
    var sentCount: Int { state.withLock { $0.sent } }
    var sentByThreads: Int { state.withLock { $0.sentByThreads } }
    var waitCount: Int { state.withLock { $0.waits } }
    var largestBatch: Int { state.withLock { $0.largestBatch } }
    var connectionCount: Int { state.withLock { $0.pipes.count } }
    var wasSharedByTwo: Bool { state.withLock { $0.isShared } }
}

/// A byte for each batch that is answered.
private final class Pipe: Sendable {
    let reading: Int32
    private let writing: Int32
    private let hasHungUp = Mutex(false)

    init?() {
        var ends: [Int32] = [0, 0]
        let sort = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, sort, 0, &ends) == 0 else { return nil }
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        hangUp()
        close(writing)
        close(reading)
    }

    func answer() {
        var byte: UInt8 = 1
        hasHungUp.withLock { if !$0 { _ = unsafe write(writing, &byte, 1) } }
    }

    func hangUp() {
        hasHungUp.withLock { hasHungUp in
            // To close it would not do: a process that another test is starting may hold it too.
            if !hasHungUp { shutdown(writing, Int32(SHUT_RDWR)) }
            hasHungUp = true
        }
    }

    func isReadable(for milliseconds: Int32) -> Bool {
        var place = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&place, 1, milliseconds) > 0
    }

    func takeAnswer(within milliseconds: Int32) -> Bool {
        var byte: UInt8 = 0
        return unsafe isReadable(for: milliseconds) && read(reading, &byte, 1) == 1
    }
}

final class PlayedConnection: ServerConnection {
    private let server: PlayedServer
    private let pipe: Pipe
    private let isUsed = Atomic(false)
    private var requests: [StoreRequest] = []
    private var isHalf = false
    private var isBegun = false
    private var patience: Int32 = 0
    private(set) var isLost = false

    fileprivate init(_ server: PlayedServer, _ pipe: Pipe) {
        self.server = server
        self.pipe = pipe
    }

    deinit { server.noteEnd() }

    var descriptor: Int32 { pipe.reading }

    var hasEnded: Bool { alone { pipe.isReadable(for: 0) } }

    func serverTime() throws(StoreError) -> Timestamp {
        server.noteCheck()
        return SystemWallClock().now()
    }

    func send(_ jobs: [ServerJob], until end: Moment) -> Bool {
        alone {
            requests = jobs.map(\.request)
            (isHalf, isBegun) = (false, false)
            patience = 10_000
            switch server.receive(requests.count) {
            case .answers: pipe.answer()
            case .takesHalf: isHalf = true
            case .hangsUp: pipe.hangUp()
            case .isSilent: patience = 100
            }
            // Callers may be between two lines for long: long enough to look for an answer.
            let end = Moment.now.advanced(by: .microseconds(20))
            repeat { sched_yield() } while .now < end
            return !isHalf
        }
    }

    func receiveAtOnce() -> EarlyAnswers {
        alone {
            let areReads = requests.allSatisfy { if case .read = $0 { true } else { false } }
            guard areReads, !isHalf, server.isQuick, pipe.takeAnswer(within: 0) else { return .none }
            isBegun = server.speed == .begun
            if isBegun { return .begun }
            if server.takesLeave() { isLost = true }
            return .all(answers())
        }
    }

    func receive() -> [Result<StoreReply, RequestFailure>] {
        alone {
            server.noteWait()
            if isHalf { pipe.answer() }
            guard isBegun || pipe.takeAnswer(within: patience) else {
                isLost = true
                return requests.map { _ in .failure(.lost("no answer")) }
            }
            return answers()
        }
    }

    private func answers() -> [Result<StoreReply, RequestFailure>] {
        requests.map { request in
            switch request {
            case .read(let keys, _): .success(.records(keys.map { PlayedServer.record($0) }))
            case .commit: .success(.commit(.committed))
            default: .success(.page([]))
            }
        }
    }

    private func alone<R>(_ body: () -> R) -> R {
        if isUsed.exchange(true, ordering: .sequentiallyConsistent) { server.noteShared() }
        defer { isUsed.store(false, ordering: .sequentiallyConsistent) }
        return body()
    }
}
