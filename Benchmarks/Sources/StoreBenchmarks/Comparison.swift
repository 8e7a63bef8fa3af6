// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A ratio of two ways to do the same, measured in turns in one run: whatever the machine does meanwhile, it does to
/// both.
struct Comparison {
    let name: String
    /// What the ratio should reach.
    let bar: Double?
    let operations: Int
    /// Each does that many operations.
    let base: (Int) async throws -> Void
    let ours: (Int) async throws -> Void

    private static let rounds = 21

    /// Prints the median over rounds of how many times as fast ours is, with the time of one operation each.
    func run() async throws {
        // Plans are made, pages loaded, threads started.
        try await base(operations / 4 + 1)
        try await ours(operations / 4 + 1)
        var (ratios, theirTimes, ourTimes): ([Double], [Double], [Double]) = ([], [], [])
        for round in 0..<Self.rounds {
            let (theirs, mine): (Double, Double)
            if round.isMultiple(of: 2) {
                theirs = try await time(base)
                mine = try await time(ours)
            } else {
                mine = try await time(ours)
                theirs = try await time(base)
            }
            ratios.append(theirs / mine)
            theirTimes.append(theirs)
            ourTimes.append(mine)
        }
        func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        func micros(_ seconds: Double) -> String { String(format: "%9.1f µs", seconds * 1e6) }
        let ratio = String(format: "%6.2f", median(ratios))
        let bar = bar.map { String(format: "  (bar %.2f)", $0) } ?? ""
        print(
            "\(name.padding(toLength: 52, withPad: " ", startingAt: 0)) \(micros(median(theirTimes))) "
                + "\(micros(median(ourTimes)))  × \(ratio)\(bar)")
        // Seen as it comes, into a file too.
        fflush(nil)
    }

    private func time(_ body: (Int) async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        try await body(operations)
        let elapsed = (ContinuousClock.now - start).components
        return (Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18) / Double(operations)
    }
}

/// That many operations, as many at once as said.
func inFlight(_ width: Int, _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
    guard width > 1 else {
        for _ in 0..<count { try await body(0) }
        return
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
        for lane in 0..<width {
            group.addTask { for _ in 0..<(count / width) { try await body(lane) } }
        }
        try await group.waitForAll()
    }
}
