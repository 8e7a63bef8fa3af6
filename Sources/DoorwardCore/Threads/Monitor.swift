// SPDX-License-Identifier: Apache-2.0

import CDoorwardSystem
import Glibc

/// State that threads of our own share and wait for. Those that wait at the same time must all wait for the same: one that
/// comes late may be woken in another's stead.
///
/// `Synchronization.Mutex` is for state that nobody waits for. A condition variable would do, but leaves its mutex marked
/// as wanted, so that each unlocking after a wait is a call into the kernel, and glibc up to 2.40 may lose its signal (bug
/// 25847); a semaphore does neither.
@safe package final class Monitor<State>: @unchecked Sendable {
    // Sendable: `state` and `waiting` are touched only between lock and unlock, and what `init` takes is sent here.
    private var state: State
    /// Threads that sleep, or are about to, and that nobody has woken.
    private var waiting: Int32 = 0
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let semaphore: UnsafeMutablePointer<sem_t>

    package init(_ state: sending State) {
        self.state = state
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe semaphore = .allocate(capacity: 1)
        unsafe semaphore.initialize(to: sem_t())
        // On Linux neither can fail with these arguments.
        unsafe pthread_mutex_init(mutex, nil)
        unsafe sem_init(semaphore, 0, 0)
    }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe pthread_mutex_destroy(mutex)
        unsafe semaphore.deallocate()
        unsafe mutex.deallocate()
    }

    /// Changes the state and wakes whoever waits for it. Never blocks for longer than other bodies take.
    package func update<R>(_ body: (inout State) -> R) -> R { update(waking: .max, body) }

    /// Changes the state and wakes one of those that wait for it: enough where any of them can do what came.
    package func updateForOne<R>(_ body: (inout State) -> R) -> R { update(waking: 1, body) }

    private func update<R>(waking most: Int32, _ body: (inout State) -> R) -> R {
        unsafe pthread_mutex_lock(mutex)
        let result = body(&state)
        let woken = min(waiting, most)
        waiting -= woken
        unsafe pthread_mutex_unlock(mutex)
        for _ in 0..<woken { unsafe sem_post(semaphore) }
        return result
    }

    /// Blocks the calling thread, which must be one of our own, until the body returns something.
    package func wait<R>(for body: (inout State) -> R?) -> R {
        while true {
            unsafe pthread_mutex_lock(mutex)
            let result = body(&state)
            if result == nil { waiting += 1 }
            unsafe pthread_mutex_unlock(mutex)
            if let result { return result }
            // A signal handler may end the wait, never take what was posted.
            while unsafe sem_wait(semaphore) != 0 {}
        }
    }
}

/// Runs something that blocks on a thread made for it, and waits without blocking a cooperative thread.
package func onOwnThread<R: Sendable>(named name: String, _ body: @escaping @Sendable () -> R) async -> R? {
    await withCheckedContinuation { continuation in
        let isRunning = startThread(named: name) { continuation.resume(returning: body()) }
        if !isRunning { continuation.resume(returning: nil) }
    }
}

/// Starts a detached thread of our own, at the given nice value.
///
/// Whatever runs at a raised nice value must neither resume a continuation, nor start a task, nor log: the concurrency
/// runtime makes its threads from whoever wakes it, and they would inherit the value for the life of the process.
package func startThread(named name: String, niceness: Int32 = 0, _ body: @escaping @Sendable () -> Void) -> Bool {
    final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let box = Box {
        unsafe doorward_name_thread(String(name.prefix(15)))
        // C libraries that write to a connection which is gone must get an error, not end the process.
        var pipe = sigset_t()
        unsafe sigemptyset(&pipe)
        unsafe sigaddset(&pipe, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &pipe, nil)
        // On Linux the value is a thread's own, and raising it is always allowed.
        if niceness > 0 { setpriority(.init(PRIO_PROCESS.rawValue), 0, niceness) }
        body()
    }
    var thread = pthread_t()
    let argument = unsafe Unmanaged.passRetained(box)
    let result = unsafe pthread_create(
        &thread, nil,
        { argument in
            if let argument = unsafe argument { unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
            return unsafe UnsafeMutableRawPointer?.none
        }, unsafe argument.toOpaque())
    guard result == 0 else {
        unsafe argument.release()
        return false
    }
    pthread_detach(thread)
    return true
}
