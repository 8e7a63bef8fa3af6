// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

extension StoreConformanceCheck {
    static let expiry = [
        StoreConformanceCheck(1, "a record ends at its expiry, to the millisecond") { subject in
            let key = try subject.key("a")
            let end = subject.now.advanced(by: .seconds(10))
            try await subject.create(key, expiresAt: end)
            let last = try await subject.value(key, at: end.advanced(by: .milliseconds(-1)))
            try subject.expect(last != nil, "gone a millisecond early")
            let gone = try await subject.value(key, at: end)
            try subject.expect(gone == nil, "there at its end")
        },
        StoreConformanceCheck(1, "an expired record is absent to create and require, and in no version") { subject in
            let key = try subject.key("a")
            let end = subject.now.advanced(by: .seconds(10))
            let version = try await subject.create(key, expiresAt: end)
            let replaced = try await subject.commit(.replace(key, at: version, value: [2], expiresAt: nil), at: end)
            try subject.expect(replaced == .conflict(at: 0), "an expired record was replaced")
            let required = try await subject.commit(.require(key, at: nil), at: end)
            try subject.expect(required == .committed, "an expired record counts as there")
            let created = try await subject.commit(.create(key, value: [3], expiresAt: nil), at: end)
            try subject.expect(created == .committed, "an expired record was in the way")
        },
        StoreConformanceCheck(1, "lists leave out what has expired") { subject in
            let end = subject.now.advanced(by: .seconds(10))
            try await subject.create(try subject.key("a"), expiresAt: end)
            try await subject.create(try subject.key("b"))
            let ids = try await subject.store.list(
                Subject.kind, in: try subject.partition(), after: nil, limit: 9, at: end)
            try subject.expect(ids.map(\.key) == [try subject.key("b")], "\(ids.count) records")
        },
        StoreConformanceCheck(1, "a replaced record has the new expiry, or none") { subject in
            let key = try subject.key("a")
            let version = try await subject.create(key, expiresAt: subject.now.advanced(by: .seconds(10)))
            _ = try await subject.commit(.replace(key, at: version, value: [2], expiresAt: nil))
            let later = try await subject.value(key, at: subject.now.advanced(by: .seconds(86_400 * 365)))
            try subject.expect(later == [2], "it kept the old end")
        },
    ]

    static let versions = [
        StoreConformanceCheck(2, "the version of a record is the id of its commit") { subject in
            let key = try subject.key("a")
            let first = try await subject.create(key)
            let stored = try await subject.store.read([key], at: subject.now).first ?? nil
            try subject.expect(stored?.version == first, "another version was read")
            let second = subject.newID()
            let outcome = try await subject.store.commit(
                second, [.replace(key, at: first, value: [2], expiresAt: nil)], at: subject.now)
            try subject.expect(outcome == .committed, "the version could not be named")
            let replaced = try await subject.store.read([key], at: subject.now).first ?? nil
            try subject.expect(replaced?.version == second, "another version was read after replacing")
        },
        StoreConformanceCheck(2, "an old version never holds again") { subject in
            let key = try subject.key("a")
            let first = try await subject.create(key)
            _ = try await subject.commit(.remove(key, at: first))
            try await subject.create(key)
            for change: RecordChange in [
                .replace(key, at: first, value: [9], expiresAt: nil), .remove(key, at: first), .require(key, at: first),
            ] {
                let outcome = try await subject.commit(change)
                try subject.expect(outcome == .conflict(at: 0), "the version of a removed record held")
            }
        },
    ]

    static let commits = [
        StoreConformanceCheck(3, "create needs absence, replace and remove their version") { subject in
            let (a, b) = (try subject.key("a"), try subject.key("b"))
            let version = try await subject.create(a)
            let cases: [(RecordChange, CommitOutcome)] = [
                (.create(a, value: [2], expiresAt: nil), .conflict(at: 0)),
                (.replace(b, at: version, value: [2], expiresAt: nil), .conflict(at: 0)),
                (.replace(a, at: subject.newID(), value: [2], expiresAt: nil), .conflict(at: 0)),
                (.remove(a, at: subject.newID()), .conflict(at: 0)),
                (.remove(b, at: version), .conflict(at: 0)),
                (.require(a, at: nil), .conflict(at: 0)), (.require(b, at: version), .conflict(at: 0)),
                (.require(a, at: version), .committed), (.require(b, at: nil), .committed),
                (.remove(b, at: nil), .committed), (.remove(a, at: version), .committed),
            ]
            for (index, (change, expected)) in cases.enumerated() {
                let outcome = try await subject.commit(change)
                try subject.expect(outcome == expected, "case \(index) gave \(outcome)")
            }
            let rest = try await subject.value(a)
            try subject.expect(rest == nil, "a removed record is there")
        },
        StoreConformanceCheck(3, "removing whatever is there removes any version") { subject in
            let key = try subject.key("a")
            try await subject.create(key)
            _ = try await subject.commit(.remove(key, at: nil))
            let rest = try await subject.value(key)
            try subject.expect(rest == nil, "it is there")
        },
        StoreConformanceCheck(3, "a conflict changes nothing and names the first failing change") { subject in
            let (a, b, c) = (try subject.key("a"), try subject.key("b"), try subject.key("c"))
            let version = try await subject.create(a)
            let outcome = try await subject.commit(
                .replace(a, at: version, value: [2], expiresAt: nil), .create(b, value: [1], expiresAt: nil),
                .require(c, at: version), .create(a.neighbour, value: [1], expiresAt: nil))
            try subject.expect(outcome == .conflict(at: 2), "\(outcome)")
            let (first, second) = (try await subject.value(a), try await subject.value(b))
            try subject.expect(first == [1] && second == nil, "half of it was written")
        },
        StoreConformanceCheck(3, "a commit of 64 changes lands as a whole") { subject in
            let keys = try (0..<64).map { try subject.key("k\($0)") }
            let outcome = try await subject.store.commit(
                subject.newID(), keys.map { .create($0, value: [7], expiresAt: nil) }, at: subject.now)
            try subject.expect(outcome == .committed, "\(outcome)")
            let records = try await subject.store.read(keys, at: subject.now)
            try subject.expect(records.allSatisfy { $0?.value == [7] }, "some are missing")
        },
        StoreConformanceCheck(3, "a commit that is sent again conflicts and shows its own version") { subject in
            let key = try subject.key("a")
            let id = subject.newID()
            let changes = [RecordChange.create(key, value: [1], expiresAt: nil)]
            _ = try await subject.store.commit(id, changes, at: subject.now)
            let again = try await subject.store.commit(id, changes, at: subject.now)
            try subject.expect(again == .conflict(at: 0), "\(again)")
            let record = try await subject.store.read([key], at: subject.now).first ?? nil
            try subject.expect(record?.version == id, "it cannot be told whose it is")
        },
    ]

    static let linearisability = [
        StoreConformanceCheck(4, "another handle sees a commit at once") { subject in
            let key = try subject.key("a")
            let other = try await subject.another()
            try await subject.create(key, [5])
            let seen = try await other.read([key], at: subject.now).first??.value
            try subject.expect(seen == [5], "it does not")
        },
        StoreConformanceCheck(4, "of 32 writers of one version one wins, on two handles, 20 times") { subject in
            let handles = [subject.store, try await subject.another()]
            for round in 0..<20 {
                let key = try subject.key("r\(round)")
                let version = try await subject.create(key)
                let wins = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for writer in 0..<32 {
                        group.addTask {
                            try await handles[writer % 2].commit(
                                subject.newID(),
                                [.replace(key, at: version, value: [UInt8(writer)], expiresAt: nil)], at: subject.now)
                                == .committed
                        }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                try subject.expect(wins == 1, "\(wins) won")
            }
        },
        StoreConformanceCheck(4, "two commits that each require the other's record absent do not both land") {
            subject in
            for round in 0..<40 {
                let (a, b) = (try subject.key("a\(round)"), try subject.key("b\(round)"))
                let outcomes = try await withThrowingTaskGroup(of: CommitOutcome.self) { group in
                    for (mine, theirs) in [(a, b), (b, a)] {
                        group.addTask {
                            try await subject.store.commit(
                                subject.newID(),
                                [.require(theirs, at: nil), .create(mine, value: [1], expiresAt: nil)], at: subject.now)
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                try subject.expect(outcomes.count { $0 == .committed } == 1, "\(outcomes)")
            }
        },
    ]
}

extension RecordKey {
    /// The same id in the next kind.
    fileprivate var neighbour: RecordKey {
        RecordKey(RecordKind(code: kind.code + 1), in: partition, id: id)
    }
}
