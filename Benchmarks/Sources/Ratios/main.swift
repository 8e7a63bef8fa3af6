// SPDX-License-Identifier: Apache-2.0

// Ratios of ours against C or C++ that does the same, in turns, in one run.
//
//   Ratios [argon2] [memory] [sqlite] [postgresql] [redis]     measures, and keeps what it found
//   Ratios draw PATH                                           draws what was kept, as an SVG
//
// Servers are thrown away afterwards; they keep their data in memory where there is /dev/shm, SQLite on the disk of the
// current folder.

import DoorwardTesting
import Foundation
import Workload

let kept = URL(fileURLWithPath: ".build/ratios.json")
var known = (try? JSONDecoder().decode([String: [Ratio]].self, from: Data(contentsOf: kept))) ?? [:]
let groups = ["argon2", "memory", "sqlite", "postgresql", "redis"]
let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "draw", arguments.count == 2 {
    let chart = Chart(ratios: groups.flatMap { known[$0] ?? [] }.filter { $0.bar != nil }, machine: processorName())
    try chart.svg.write(toFile: arguments[1], atomically: true, encoding: .utf8)
    exit(0)
}
guard arguments.allSatisfy(groups.contains) else {
    giveUp("usage: Ratios [\(groups.joined(separator: "] ["))] | draw PATH")
}
print("Median of \(Comparison.rounds) rounds in turns: theirs, ours, how many times as fast ours is (and should be).")
fflush(nil)
for group in groups where arguments.isEmpty || arguments.contains(group) {
    switch group {
    case "argon2": known[group] = try await HashRatios.run()
    case "memory": known[group] = try await MemoryRatios.run()
    case "sqlite":
        let folder = FileManager.default.currentDirectoryPath + "/.build/benchmark-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let engine = try await Engine.sqlite(in: folder)
        known[group] = try await engine.run() + engine.runGroups()
    case "postgresql" where PostgreSQLServer.isExpected:
        let server = try await PostgreSQLServer()
        known[group] = try await Engine.postgreSQL(server).run()
    case "redis" where RedisServer.isExpected:
        let server = try await RedisServer()
        known[group] = try await Engine.redis(server).run()
    default: print("\(group): there is no such server here")
    }
    try JSONEncoder().encode(known).write(to: kept)
}
