// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import Glibc
import Synchronization

/// Memory for one hash at a time: mapped once, on pages of 2 MiB where it is large, and in no core file.
///
/// Sendable: a shelf holds it, or the one thread that took it from there; never both.
@safe final class Arena: @unchecked Sendable {
    private static let hugePage = 2 << 20

    let size: Int
    private let mapping: UnsafeMutableRawPointer
    private let mappingSize: Int
    /// On a boundary of 64 bytes at least.
    let base: UnsafeMutablePointer<UInt8>

    /// `nil` if there is no memory.
    init?(size: Int) {
        let isLarge = size >= Self.hugePage
        // Room to begin on a boundary.
        let (mappingSize, overflow) = size.addingReportingOverflow(isLarge ? Self.hugePage : 0)
        guard size > 0, !overflow else { return nil }
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        guard let mapping = unsafe mmap(nil, mappingSize, PROT_READ | PROT_WRITE, flags, -1, 0),
            unsafe mapping != MAP_FAILED
        else { return nil }
        let start = unsafe isLarge ? mapping.alignedUp(toMultipleOf: Self.hugePage) : mapping
        if isLarge { _ = unsafe madvise(start, size, MADV_HUGEPAGE) }
        _ = unsafe madvise(mapping, mappingSize, MADV_DONTDUMP)
        self.size = size
        self.mappingSize = mappingSize
        unsafe self.mapping = mapping
        unsafe base = start.assumingMemoryBound(to: UInt8.self)
    }

    func wipe() { unsafe DoorwardCore.wipe(UnsafeMutableRawBufferPointer(start: base, count: size)) }

    deinit { unsafe munmap(mapping, mappingSize) }
}

/// Arenas that wait for the next hash, so that it finds its pages there: half of a hash can be the kernel's making of pages.
///
/// There are never more than hashes were under way at once. When another size is asked for, those that wait are given up
/// before more is mapped; so are all that nobody has asked for in ten seconds. Small ones do not wait.
///
/// *Wiped* once one has waited for a twentieth of a second, or two: between hashes that follow each other it would cost each of
/// them a tenth of its time, and the next one writes over all of it before it reads anything.
final class ArenaShelf: Sendable {
    private struct Idle {
        let arena: Arena
        let since: ContinuousClock.Instant
        var isWiped = false
    }

    private struct State {
        var idle: [Idle] = []
        var isWatched = false
        /// When a hash ended last.
        var lastUse = ContinuousClock.now
    }

    static let wipingDelay: Duration = .milliseconds(50)
    static let patience: Duration = .seconds(10)
    private let smallest: Int
    // Held while memory is wiped, so that nobody maps more meanwhile: whoever waits for it is about to hash.
    private let state = Mutex(State())

    /// - Parameter smallest: Bytes of an arena from which on it waits.
    init(smallest: Int = 4 << 20) { self.smallest = smallest }

    /// Memory of whatever content.
    ///
    /// - Returns: `nil` if there is none.
    func take(_ size: Int) -> Arena? {
        let found = state.withLock { state -> Arena? in
            if let index = state.idle.lastIndex(where: { $0.arena.size == size }) {
                return state.idle.remove(at: index).arena
            }
            // Under the lock, so that it is gone before anybody maps more.
            state.idle = []
            return nil
        }
        return found ?? Arena(size: size)
    }

    /// Takes an arena back.
    func give(_ arena: Arena) {
        // Unmapped it is wiped by the kernel, before anybody else has the page.
        guard arena.size >= smallest else { return }
        let isFirst = state.withLock { state in
            state.lastUse = ContinuousClock.now
            state.idle.append(Idle(arena: arena, since: state.lastUse))
            defer { state.isWatched = true }
            return !state.isWatched
        }
        // A thread, because whoever hashes must not start a task.
        if isFirst, !startThread(named: "doorward.arena", { self.watch() }) {
            state.withLock { $0 = State() }
        }
    }

    private func watch() {
        // Stays while hashes follow each other, so that none of them has to start it again.
        repeat {
            usleep(UInt32(Self.wipingDelay / .microseconds(1)))
        } while tidy(at: ContinuousClock.now)
    }

    /// Wipes what has waited, and gives up what has waited for long. Returns whether there is more to come.
    @discardableResult
    func tidy(at now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            state.idle.removeAll { now - $0.since >= Self.patience }
            for index in state.idle.indices
            where !state.idle[index].isWiped && now - state.idle[index].since >= Self.wipingDelay {
                state.idle[index].arena.wipe()
                state.idle[index].isWiped = true
            }
            state.isWatched = !state.idle.isEmpty || now - state.lastUse < Self.patience
            return state.isWatched
        }
    }

    /// Gives up all that waits.
    func clear() { state.withLock { $0.idle = [] } }

    /// Bytes that wait.
    var idleBytes: Int { state.withLock { $0.idle.reduce(0) { $0 + $1.arena.size } } }
}
