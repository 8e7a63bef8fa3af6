// SPDX-License-Identifier: Apache-2.0

// Ratios of our stores against the C library of their engine, in turns, in one run.
//
//   StoreBenchmarks [sqlite] [postgresql] [redis]
//
// Servers are thrown away afterwards; they keep their data in memory where there is /dev/shm, SQLite on the disk of the
// current folder.

import DoorwardTesting
import Foundation

let wanted = CommandLine.arguments.dropFirst()
func isWanted(_ name: String) -> Bool { wanted.isEmpty || wanted.contains(name) }

print("Median of 21 rounds in turns: the C library, ours, how many times as fast ours is (and should be).")
fflush(nil)
if isWanted("sqlite") {
    let folder = FileManager.default.currentDirectoryPath + "/.build/benchmark-\(getpid())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let engine = try await Engine.sqlite(in: folder)
    try await engine.run()
    try await engine.runGroups()
}
if isWanted("postgresql"), PostgreSQLServer.isExpected {
    let server = try await PostgreSQLServer()
    try await Engine.postgreSQL(server).run()
}
if isWanted("redis"), RedisServer.isExpected {
    let server = try await RedisServer()
    try await Engine.redis(server).run()
}
