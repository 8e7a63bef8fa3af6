// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// How much memory this process may use: the container's limit where there is one, else the machine's.
enum HostMemory {
    static let bytes: Int = {
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let physical = pages > 0 ? pages * sysconf(Int32(_SC_PAGESIZE)) : 1 << 30
        // Control groups, version 2 and 1. Within a container the files of its own group are mounted here.
        let limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"].compactMap { path in
            (try? String(contentsOfFile: path, encoding: .utf8))
                .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }
        return ([physical] + limits.filter { $0 > 0 }).min() ?? physical
    }()
}
