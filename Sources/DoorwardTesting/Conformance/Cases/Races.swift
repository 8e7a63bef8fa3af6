// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

extension StoreConformanceCheck {
    static let races = [
        StoreConformanceCheck(4, "of 32 replacers, creators or removers one wins, and is told so, on two handles") {
            subject in
            try await oneWins(on: [subject.store, try await subject.under.another()], rounds: 10, subject)
        },
        StoreConformanceCheck(4, "what a commit requires does not change under it, on two handles") { subject in
            try await requirementsHold(on: [subject.store, try await subject.under.another()], rounds: 30, subject)
        },
        StoreConformanceCheck(4, "commits that name the same records in another order land whole, one of them") {
            subject in
            let handles = [subject.store, try await subject.under.another()]
            for round in 0..<20 {
                let keys = try (0..<8).map { try subject.key("m\(round).\($0)") }
                let version = subject.newID()
                _ = try await subject.store.commit(
                    version, keys.map { .create($0, value: [0], expiresAt: nil) }, at: subject.now)
                let wins = try await subject.inParallel(8) { number in
                    try await handles[number % 2].commit(
                        subject.newID(),
                        keys.shuffled().map { .replace($0, at: version, value: [UInt8(number)], expiresAt: nil) },
                        at: subject.now)
                }.count { $0 == .committed }
                let values = try await subject.store.read(keys, at: subject.now).map { $0?.value }
                try subject.expect(wins == 1 && Set(values).count == 1, "\(wins) won, \(Set(values).count) values")
            }
        },
        StoreConformanceCheck(4, "no update is lost: 8 writers add 20 each by replacing what they read") { subject in
            let key = try subject.key("n")
            try await subject.create(key, [0])
            let handles = [subject.store, try await subject.under.another()]
            _ = try await subject.inParallel(8) { writer in
                for _ in 0..<20 {
                    while true {
                        let record = try await handles[writer % 2].read([key], at: subject.now).first ?? nil
                        let read = try subject.require(record, "gone")
                        let sum = (read.value.first ?? 0) &+ 1
                        let outcome = try await handles[writer % 2].commit(
                            subject.newID(), [.replace(key, at: read.version, value: [sum], expiresAt: nil)],
                            at: subject.now)
                        if outcome == .committed { break }
                    }
                }
            }
            let sum = try await subject.value(key)
            try subject.expect(sum == [160], "the sum is \(sum ?? [])")
        },
    ]

    /// 32 at once, each with a commit id of its own: whoever is told that it won is whose record is there.
    static func oneWins(on handles: [any AuthStore], rounds: Int, _ subject: Subject) async throws {
        for round in 0..<rounds {
            for verb in ["replace", "create", "remove"] {
                let key = try subject.key("\(verb)\(round)")
                let version = verb == "create" ? subject.newID() : try await subject.create(key)
                let outcomes = try await subject.inParallel(32) { number -> (CommitID, Bool) in
                    let id = subject.newID()
                    let change: RecordChange =
                        switch verb {
                        case "replace": .replace(key, at: version, value: [UInt8(number)], expiresAt: nil)
                        case "create": .create(key, value: [UInt8(number)], expiresAt: nil)
                        default: .remove(key, at: version)
                        }
                    let handle = handles[number % handles.count]
                    return (id, try await handle.commit(id, [change], at: subject.now) == .committed)
                }
                let winners = outcomes.filter(\.1).map(\.0)
                try subject.expect(winners.count == 1, "\(verb): \(winners.count) won")
                let stored = try await subject.version(key)
                try subject.expect(
                    stored == (verb == "remove" ? nil : winners[0]), "\(verb): it is another's than who was told")
            }
        }
    }

    /// Two commits, each of which requires what the other changes: both can never have been judged before the other.
    static func requirementsHold(on handles: [any AuthStore], rounds: Int, _ subject: Subject) async throws {
        for round in 0..<rounds {
            for isThere in [false, true] {
                let keys = try ["a", "b"].map { try subject.key("\($0)\(round)\(isThere)") }
                let versions = isThere ? [try await subject.create(keys[0]), try await subject.create(keys[1])] : []
                let outcomes = try await subject.inParallel(2) { number in
                    let (mine, theirs) = (number, 1 - number)
                    let write: RecordChange =
                        isThere
                        ? .replace(keys[mine], at: versions[mine], value: [2], expiresAt: nil)
                        : .create(keys[mine], value: [2], expiresAt: nil)
                    return try await handles[number % handles.count].commit(
                        subject.newID(), [.require(keys[theirs], at: isThere ? versions[theirs] : nil), write],
                        at: subject.now)
                }
                try subject.expect(
                    outcomes.count { $0 == .committed } == 1,
                    "\(outcomes) where each requires the other's record \(isThere ? "unchanged" : "absent")")
            }
        }
    }
}
