// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// What this process may use: the container's limits where there are some, else the machine's.
public struct HostLimits: Hashable, Sendable {
    /// Processors; a fraction where a container has a share of one.
    public let processors: Double
    /// Bytes.
    public let memory: Int

    /// Those of this process, read once.
    public static let current = HostLimits(root: "/sys/fs/cgroup/")

    /// - Parameter root: Where the control groups' files are. Within a container those of its own group are there.
    package init(root: String) {
        func text(_ file: String) -> String? {
            (try? String(contentsOfFile: root + file, encoding: .utf8))?
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let physical =
            pages > 0 ? pages.multipliedReportingOverflow(by: sysconf(Int32(_SC_PAGESIZE))).partialValue : 1 << 30
        // Version 2 and version 1; "max" and -1 are no limits.
        let limits = ["memory.max", "memory/memory.limit_in_bytes"].compactMap { text($0).flatMap { Int($0) } }
        memory = ([physical] + limits).filter { $0 > 0 }.min() ?? 1 << 30

        let count = Double(max(1, ProcessInfo.processInfo.activeProcessorCount))
        let quota =
            text("cpu.max")?.split(separator: " ").map(String.init)
            ?? [text("cpu/cpu.cfs_quota_us"), text("cpu/cpu.cfs_period_us")].compactMap { $0 }
        let numbers = quota.compactMap { Double($0) }
        let isLimited = numbers.count == 2 && numbers[0] > 0 && numbers[1] > 0
        processors = isLimited ? min(count, max(0.01, numbers[0] / numbers[1])) : count
    }

    /// As many threads as can be busy at once.
    public var threads: Int { max(1, Int(processors.rounded(.up))) }

    /// What hashing may take of the memory, unless a service says otherwise.
    public var hashingBudget: Int { max(64 << 20, memory / 4) }
}
