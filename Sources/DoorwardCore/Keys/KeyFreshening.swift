// SPDX-License-Identifier: Apache-2.0

import Synchronization

extension KeyRing {
    /// How long a request waits for keys.
    private static let wait: Duration = .seconds(30)

    /// What is being read was asked for before something changed: it is asked for anew.
    func forgetReading() {
        state.withLock { state in
            state.reading = nil
            state.generation &+= 1
            state.askedAt = Timestamp(milliseconds: .min)
        }
    }

    /// Brings the ring up to now: asks its provider again if a minute has passed, and takes the key that is due.
    ///
    /// While the provider gives no answer, it goes on with what it has for ``KeyRotation/patience``. A provider that never
    /// answers is asked again after a minute, and waited for no longer than half a minute.
    ///
    /// - Parameter check: Whether a set is of the store that this ring is for; it throws if not.
    /// - Returns: Why the keys could not be read, where it goes on without.
    /// - Throws: `unavailable` when they could not be for too long.
    func freshen(
        at now: Timestamp, check: @escaping @Sendable (KeySet) async throws(StoreError) -> Void
    ) async throws(StoreError) -> StoreError? {
        guard let provider else { return nil }
        let (reading, mayGoOn) = state.withLock { state -> (Reading?, Bool) in
            state.active = state.set.active(at: now)
            func isPast(_ duration: Duration, since then: Timestamp) -> Bool {
                // A clock that was put back says nothing about how old anything is.
                now < then || now.since(then) >= duration
            }
            let mayGoOn = !isPast(KeyRotation.patience, since: state.readAt)
            let isDue = isPast(KeyRotation.interval, since: state.askedAt)
            guard isDue || !mayGoOn else { return (nil, true) }
            if !isDue, let reading = state.reading { return (reading, mayGoOn) }
            state.askedAt = now
            state.generation &+= 1
            let reading = read(provider, generation: state.generation, at: now, check: check)
            state.reading = reading
            return (reading, mayGoOn)
        }
        guard let reading else { return nil }
        switch await Self.value(of: reading) {
        case .success: return nil
        case .failure(let error):
            guard mayGoOn else { throw error }
            return error
        }
    }

    /// Asks the provider, and takes what it answers, unless it was asked again meanwhile.
    private func read(
        _ provider: any KeyProvider, generation: UInt64, at now: Timestamp,
        check: @escaping @Sendable (KeySet) async throws(StoreError) -> Void
    ) -> Reading {
        Task {
            do throws(StoreError) {
                let set: KeySet
                do { set = try await provider.keys() } catch {
                    throw error as? StoreError
                        ?? StoreError(.unavailable, "the keys could not be had", underlying: error)
                }
                try await check(set)
                try state.withLock { state throws(StoreError) in
                    guard state.generation == generation else { return }
                    state.reading = nil
                    // An old copy of the file, for one: what is made under that key could not be read.
                    guard set.keys.contains(where: { $0.id == state.active }) else {
                        throw StoreError(.unavailable, "the keys that were read lack the one in use")
                    }
                    state.set = set
                    state.active = set.active(at: now)
                    state.readAt = now
                }
                return .success(())
            } catch {
                state.withLock { state in
                    if state.generation == generation { state.reading = nil }
                }
                return .failure(error)
            }
        }
    }

    /// What a reading comes to, or that it takes too long.
    private static func value(of reading: Reading) async -> Result<Void, StoreError> {
        let answer = FirstAnswer()
        return await withCheckedContinuation { continuation in
            answer.expect(continuation)
            let timer = Task {
                guard (try? await Task.sleep(for: wait)) != nil else { return }
                answer.give(.failure(StoreError(.unavailable, "the keys were not had in time")))
            }
            Task {
                answer.give(await reading.value)
                timer.cancel()
            }
        }
    }
}

/// Somebody who waits for the first of several answers.
private final class FirstAnswer: Sendable {
    private let waiting = Mutex<CheckedContinuation<Result<Void, StoreError>, Never>?>(nil)

    func expect(_ continuation: CheckedContinuation<Result<Void, StoreError>, Never>) {
        waiting.withLock { $0 = continuation }
    }

    func give(_ answer: Result<Void, StoreError>) {
        let first = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        first?.resume(returning: answer)
    }
}
