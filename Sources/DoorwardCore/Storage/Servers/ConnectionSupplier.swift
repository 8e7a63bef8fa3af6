// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Makes connections, and says how long they are good.
///
/// A connection is checked, and this machine's clock compared, every minute; a connection that was not since another one
/// was is checked before it is used. When one is lost, the others may have died with it unnoticed, or the server may not
/// be the right one any more: none of them is used again.
final class ConnectionSupplier: Sendable {
    /// How far connections have come: what a connection was made or checked in.
    struct Era: Equatable {
        fileprivate let losses: Int
        fileprivate let checks: Int
    }

    private let makeConnection: @Sendable () throws(StoreError) -> any ServerConnection
    private let clocks: ClockComparison
    private let losses = Atomic(0)
    private let checks = Atomic(0)

    /// - Parameter connect: Makes a connection that has passed every check. Blocks.
    init(
        clocks: ClockComparison, connect: @escaping @Sendable () throws(StoreError) -> any ServerConnection
    ) {
        self.clocks = clocks
        makeConnection = connect
    }

    var era: Era { Era(losses: losses.load(ordering: .acquiring), checks: checks.load(ordering: .acquiring)) }

    /// Whether clocks were compared lately and are near enough, so that a connection of this era may be used at once.
    func isTrusted(at moment: Moment) -> Bool { clocks.isTrusted(at: moment) }

    /// - Throws: `unavailable` while the clock cannot be trusted.
    func checkClock() throws(StoreError) { try clocks.check() }

    func connect() throws(StoreError) -> (connection: any ServerConnection, era: Era) {
        let (present, isDue) = (era, clocks.isDue)
        let new = try makeConnection()
        try clocks.compare(new.serverTime)
        return (new, checked(in: present, isDue: isDue))
    }

    /// Whether a connection that was made or checked in an era is still good; then it is of the present one.
    func check(_ connection: any ServerConnection, _ era: inout Era) -> Bool {
        let present = self.era
        guard era.losses == present.losses, !connection.hasEnded else { return false }
        let isDue = clocks.isDue
        guard isDue || era.checks != present.checks else { return true }
        do throws(StoreError) { try clocks.compare(connection.serverTime) } catch {
            noteLoss(in: era)
            return false
        }
        era = checked(in: present, isDue: isDue)
        return true
    }

    /// The era of a connection that was checked. If it was time to, it is a new one, for which the others are checked too.
    private func checked(in era: Era, isDue: Bool) -> Era {
        guard isDue else { return era }
        // Of several that found it due at once, one begins it.
        _ = checks.compareExchange(
            expected: era.checks, desired: era.checks &+ 1, ordering: .acquiringAndReleasing)
        return Era(losses: era.losses, checks: era.checks &+ 1)
    }

    /// A connection of an era was lost; those of earlier ones were already given up.
    func noteLoss(in era: Era) {
        _ = losses.compareExchange(
            expected: era.losses, desired: era.losses &+ 1, ordering: .acquiringAndReleasing)
    }
}
