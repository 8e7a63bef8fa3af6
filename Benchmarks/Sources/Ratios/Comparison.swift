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

    static let rounds = 41

    /// Prints the median over rounds of how many times as fast ours is, with the time of one operation each.
    func run() async throws -> Ratio {
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
        func micros(_ seconds: Double) -> String { String(format: "%10.2f µs", seconds * 1e6) }
        let result = Ratio(name: name, value: median(ratios), bar: bar)
        let bar = bar.map { String(format: "  (bar %.2f)", $0) } ?? ""
        print(
            "\(name.padding(toLength: 60, withPad: " ", startingAt: 0)) \(micros(median(theirTimes))) "
                + "\(micros(median(ourTimes)))  × \(String(format: "%5.2f", result.value))\(bar)")
        // Seen as it comes, into a file too.
        fflush(nil)
        return result
    }

    private func time(_ body: (Int) async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        try await body(operations)
        return (ContinuousClock.now - start) / .seconds(1) / Double(operations)
    }
}

/// What a comparison came to.
struct Ratio: Codable {
    let name: String
    let value: Double
    let bar: Double?
}
