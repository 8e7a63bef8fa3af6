// SPDX-License-Identifier: Apache-2.0

// The child process of tests that need several: does what its first line says, prints a line a result.

import Doorward
import DoorwardTesting
import Glibc

let words = (readLine() ?? "").split(separator: " ").map(String.init)
var jobs: [String: ([String]) async throws -> Void] = [
    "serve": serve, "accept-once": acceptOnce, "guess": guess, "sign-in": signInForEver, "check": check,
    "niceness": niceness,
]
#if SQLite
jobs["hold-lock"] = holdLock
#endif
guard let name = words.first, let job = jobs[name] else {
    ChildProcess.say("unknown job")
    exit(2)
}
do { try await job(Array(words.dropFirst())) } catch {
    ChildProcess.say("error \(error)")
    exit(1)
}
