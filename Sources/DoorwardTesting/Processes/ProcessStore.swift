// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import Glibc
import Synchronization

/// A store in a process of its own, which can be killed.
///
/// The child opens the store and serves it by ``serve(_:)``; each call here is a line there and back. So what is to be
/// shown of several processes is shown with several of these.
public final class ProcessStore: RequestStore {
    private struct State {
        var next = 0
        var waiting: [Int: CheckedContinuation<Result<StoreReply, StoreError>, Never>] = [:]
        var isGone = false
    }

    private let child: ChildProcess
    private let state = Mutex(State())

    /// Starts the program and waits until its store is open.
    ///
    /// - Parameters:
    ///   - path: Of the program, which ends in ``serve(_:)``.
    ///   - firstLine: Handed to its standard input before anything else.
    /// - Throws: ``Tool/Missing`` if it cannot be started or does not open a store.
    public init(_ path: String, firstLine: String) async throws {
        child = try ChildProcess(path, firstLine: firstLine)
        guard let line = await child.next(), line == "ready" else {
            throw Tool.Missing(description: "\(path) did not open a store")
        }
        let (child, state) = (child, Unowned(self))
        Task.detached {
            while let line = await child.next() { state.store?.settle(line) }
            state.store?.settleAll()
        }
    }

    private struct Unowned: Sendable {
        weak let store: ProcessStore?
        init(_ store: ProcessStore) { self.store = store }
    }

    deinit { child.kill() }

    /// Kills the process, as by `kill -9`, and waits until it is gone.
    public func kill() async {
        child.kill()
        await child.ended()
    }

    public func answer(_ request: StoreRequest) async throws(StoreError) -> StoreReply {
        let result = await withCheckedContinuation { continuation in
            let number: Int? = state.withLock { state in
                guard !state.isGone else { return nil }
                state.next += 1
                state.waiting[state.next] = continuation
                return state.next
            }
            guard let number else { return continuation.resume(returning: .failure(Self.gone)) }
            var line = LineWriter()
            line.number(number)
            request.write(to: &line)
            child.send(line.words.joined(separator: " "))
        }
        return try result.get()
    }

    private static let gone = StoreError(.unavailable, "the process of the store is gone")

    private func settle(_ text: String) {
        var line = LineReader(text)
        guard let number = try? line.number() else { return }
        let continuation = state.withLock { $0.waiting.removeValue(forKey: number) }
        guard let continuation else { return }
        var copy = line
        if let reply = try? StoreReply(from: &copy) { return continuation.resume(returning: .success(reply)) }
        let codes = [StoreError.Code.unavailable, .corrupt, .misuse]
        let isError = (try? line.word()) == "error"
        let word = isError ? (try? line.word()) : nil
        let code = codes.first { word == "\($0)" } ?? .outcomeUnknown
        continuation.resume(returning: .failure(StoreError(code, line.rest)))
    }

    private func settleAll() {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            state.isGone = true
            return state.waiting.values
        }
        let unknown = StoreError(.outcomeUnknown, "the process of the store is gone")
        for continuation in waiting { continuation.resume(returning: .failure(unknown)) }
    }

    /// The child's side: answers lines of standard input, as many at once as come, until it ends.
    public static func serve(_ store: any AuthStore) async {
        ChildProcess.say("ready")
        await withDiscardingTaskGroup { group in
            for await text in ChildProcess.lines(of: STDIN_FILENO) {
                group.addTask {
                    var line = LineReader(text)
                    guard let number = try? line.number() else { return }
                    var reply = LineWriter()
                    reply.number(number)
                    do {
                        try await store.answering(StoreRequest(from: &line)).write(to: &reply)
                    } catch {
                        let error = error as? StoreError ?? StoreError(.misuse, "not a request")
                        reply.word("error")
                        reply.word("\(error.code)")
                        reply.word(error.reason)
                    }
                    ChildProcess.say(reply.words.joined(separator: " "))
                }
            }
        }
    }
}

extension AuthStore {
    /// Any store, asked by value.
    func answering(_ request: StoreRequest) async throws(StoreError) -> StoreReply {
        switch request {
        case .read(let keys, let now) where keys.count == 1: .records([try await read(keys[0], at: now)])
        case .read(let keys, let now): .records(try await read(keys, at: now))
        case .list(let kind, let partition, let after, let limit, let now):
            .page(try await list(kind, in: partition, after: after, limit: limit, at: now))
        case .commit(let id, let changes, let now): .commit(try await commit(id, changes, at: now))
        case .increment(let key, let amount, let ceiling, let expiresAt, let now):
            .increment(try await increment(key, by: amount, ceiling: ceiling, expiresAt: expiresAt, at: now))
        case .scan(let after, let limit): .page(try await scan(after: after, limit: limit))
        case .purge(let bound, let limit): .count(try await purge(expiredBefore: bound, limit: limit))
        }
    }
}
