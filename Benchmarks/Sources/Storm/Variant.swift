// SPDX-License-Identifier: Apache-2.0

import Doorward
@_spi(Measuring) import DoorwardPasswords
import Workload

/// The service as it is, or without one of the things that make it bear a storm.
enum Variant: String, CaseIterable {
    case whole
    case noPairs = "without pairs"
    case noArenas = "without arenas"
    case noNice = "without nice"
    case noBound = "without bound"
    case libargon2 = "libargon2, alone"

    static let clients = 32
    /// What four hashes take: two threads, a pair on each.
    static let budget = 4 * (19 << 20)

    func pool() -> HashingPool? {
        var configuration = HashingPool.Configuration(threads: 2, memoryBudget: Self.budget)
        var engine = Argon2Engine.automatic
        switch self {
        case .whole: break
        case .noPairs: configuration.takesPairs = false
        case .noArenas:
            guard let fresh = Argon2Engine.named(nil, keepsArenas: false) else { return nil }
            engine = fresh
        case .noNice: configuration.niceness = 0
        case .noBound:
            configuration.threads = Self.clients
            configuration.memoryBudget = 1 << 30
        case .libargon2: engine = .libargon2
        }
        return HashingPool(configuration, engine: engine)
    }
}
