// SPDX-License-Identifier: Apache-2.0

// What a storm of sign-ins does to session checks, and what each of our measures against it is worth.
//
//   Storm [SECONDS]     each variant in a process of its own, twice in turns
//
// As root it makes itself nobody first: root's threads may lower their nice value again, others' may not.

import Foundation
import Glibc
import Workload

if getuid() == 0, setgid(65_534) != 0 || setuid(65_534) != 0 {
    giveUp("cannot become an unprivileged user")
}
let arguments = Array(CommandLine.arguments.dropFirst())
let seconds = arguments.first.flatMap { Int($0) } ?? 6
if let variant = arguments.dropFirst().first.flatMap({ Variant(rawValue: $0) }) {
    let result = try await Storm(seconds: seconds).run(variant)
    print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self))
    exit(0)
}

/// A variant in a process of its own, whose memory nothing else has touched.
func measure(_ variant: Variant) throws -> Storm.Result {
    let (child, output) = (Process(), Pipe())
    child.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    child.arguments = ["\(seconds)", variant.rawValue]
    child.standardOutput = output
    try child.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    child.waitUntilExit()
    return try JSONDecoder().decode(Storm.Result.self, from: data)
}

print("\(Variant.clients) clients sign in without pause, 19 MiB t=2; 500 session checks a second beside.")
print("                      sign-ins/s   checks, ms late: half   99 %    all   faults/hash   peak MiB (before)")
for _ in 0..<2 {
    for variant in Variant.allCases {
        let result = try measure(variant)
        print(
            variant.rawValue.padding(toLength: 20, withPad: " ", startingAt: 0)
                + String(
                    format: "%12.1f %22.2f %7.2f %6.1f %12.1f %9.0f (%.0f)", result.signInsPerSecond, result.typical,
                    result.late, result.latest, result.faults, result.peak, result.before))
        fflush(nil)
    }
}
