// SPDX-License-Identifier: Apache-2.0

import CArgon2SIMD
import DoorwardCore
import Glibc
import Synchronization

/// Memory for one hash at a time: mapped once, on pages of 2 MiB where it is large, and in no core file.
///
/// Sendable: a shelf holds it, or the one thread that took it from there; never both, and a thread gives it back wiped.
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

    func wipe() { unsafe doorward_wipe(base, size) }

    deinit { unsafe munmap(mapping, mappingSize) }
}

/// Arenas that wait for the next hash, so that it finds its pages there: half of a hash can be the kernel's making of pages.
///
/// There are never more than hashes were under way at once. When another size is asked for, those that wait are given up
/// before more is mapped; so are all that nobody has asked for in ten to twenty seconds. Small ones do not wait.
final class ArenaShelf: Sendable {
    private struct State {
        var idle: [(arena: Arena, since: ContinuousClock.Instant)] = []
        var isWatched = false
    }

    private static let patience: Duration = .seconds(10)
    private static let smallest = 4 << 20
    private let state = Mutex(State())

    /// - Returns: `nil` if there is no memory.
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

    /// Takes an arena back, wiped.
    func give(_ arena: Arena) {
        arena.wipe()
        guard arena.size >= Self.smallest else { return }
        let isFirst = state.withLock { state in
            state.idle.append((arena, ContinuousClock.now))
            defer { state.isWatched = true }
            return !state.isWatched
        }
        // A thread, because whoever hashes must not start a task.
        if isFirst, !startThread(named: "doorward.arena", { self.watch() }) {
            state.withLock { $0 = State() }
        }
    }

    private func watch() {
        while true {
            sleep(UInt32(Self.patience.components.seconds))
            drop(idleSince: ContinuousClock.now.advanced(by: .zero - Self.patience))
            let isOver = state.withLock { state in
                if state.idle.isEmpty { state.isWatched = false }
                return state.idle.isEmpty
            }
            if isOver { return }
        }
    }

    /// Gives up what has waited since then; returns whether nothing is left.
    @discardableResult
    func drop(idleSince time: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            state.idle.removeAll { $0.since <= time }
            return state.idle.isEmpty
        }
    }

    /// Bytes that wait.
    var idleBytes: Int { state.withLock { $0.idle.reduce(0) { $0 + $1.arena.size } } }
}
