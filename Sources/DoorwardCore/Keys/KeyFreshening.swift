// SPDX-License-Identifier: Apache-2.0

import Synchronization

extension KeyRing {
    /// The keys that are known are old from now on.
    func forgetReading() {
        state.withLock { state in
            state.readAt = Timestamp(milliseconds: .min)
            state.askedAt = state.readAt
        }
    }

    /// Brings the ring up to now: asks its provider again if a minute has passed, and takes the key that is due.
    ///
    /// While the provider gives no answer, it goes on with what it has for ``KeyRotation/patience``.
    ///
    /// - Parameter check: Whether a set is of the store that this ring is for; it throws if not.
    /// - Returns: Why the keys could not be read, where it goes on without.
    /// - Throws: `unavailable` when they could not be for too long.
    func freshen(
        at now: Timestamp, check: @escaping @Sendable (KeySet) async throws(StoreError) -> Void
    ) async throws(StoreError) -> StoreError? {
        guard let provider else { return nil }
        let (reading, mayGoOn) = state.withLock { state -> (Task<Result<KeySet, StoreError>, Never>?, Bool) in
            state.active = state.set.active(at: now)
            func isPast(_ duration: Duration, since then: Timestamp) -> Bool {
                // A clock that was put back says nothing about how old anything is.
                now < then || now.since(then) >= duration
            }
            let mayGoOn = !isPast(KeyRotation.patience, since: state.readAt)
            guard isPast(KeyRotation.interval, since: state.askedAt) || !mayGoOn else { return (nil, true) }
            if let reading = state.reading { return (mayGoOn ? nil : reading, mayGoOn) }
            state.askedAt = now
            let reading = Task { () -> Result<KeySet, StoreError> in
                do throws(StoreError) {
                    let set: KeySet
                    do { set = try await provider.keys() } catch {
                        throw error as? StoreError
                            ?? StoreError(.unavailable, "the keys could not be had", underlying: error)
                    }
                    try await check(set)
                    return .success(set)
                } catch { return .failure(error) }
            }
            state.reading = reading
            return (reading, mayGoOn)
        }
        guard let reading else { return nil }
        let result = await reading.value
        return try state.withLock { state throws(StoreError) in
            if state.reading == reading { state.reading = nil }
            switch result {
            case .success(let set):
                state.set = set
                state.active = set.active(at: now)
                state.readAt = now
                return nil
            case .failure(let error):
                guard mayGoOn else { throw error }
                return error
            }
        }
    }
}
