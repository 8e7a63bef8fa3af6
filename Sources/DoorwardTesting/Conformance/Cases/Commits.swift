// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

extension StoreConformanceCheck {
    static let versions = [
        StoreConformanceCheck(2, "the version of a record is the id of its commit") { subject in
            let key = try subject.key("a")
            let first = try await subject.create(key)
            let read = try await subject.version(key)
            try subject.expect(read == first, "another version was read")
            let second = subject.newID()
            let outcome = try await subject.store.commit(
                second, [.replace(key, at: first, value: [2], expiresAt: nil)], at: subject.now)
            try subject.expect(outcome == .committed, "the version could not be named")
            let replaced = try await subject.version(key)
            try subject.expect(replaced == second, "another version was read after replacing")
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
        StoreConformanceCheck(2, "versions are compared to their last byte") { subject in
            for place in [0, 7, 8, 15] {
                var bytes = [UInt8](repeating: 0, count: 16)
                let stored = try subject.require(CommitID(bytes: bytes), "")
                bytes[place] = 1
                let other = try subject.require(CommitID(bytes: bytes), "")
                let key = try subject.key("v\(place)")
                _ = try await subject.store.commit(
                    stored, [.create(key, value: [1], expiresAt: nil)], at: subject.now)
                for change: RecordChange in [
                    .replace(key, at: other, value: [2], expiresAt: nil), .remove(key, at: other),
                    .require(key, at: other),
                ] {
                    let outcome = try await subject.commit(change)
                    try subject.expect(outcome == .conflict(at: 0), "byte \(place) was not looked at")
                }
                let outcome = try await subject.commit(.require(key, at: stored))
                try subject.expect(outcome == .committed, "a version of zeros is none")
            }
        },
        StoreConformanceCheck(2, "a commit that is sent again conflicts and shows its own version, on any handle") {
            subject in
            let key = try subject.key("a")
            let id = subject.newID()
            let changes = [RecordChange.create(key, value: [1], expiresAt: nil)]
            _ = try await subject.store.commit(id, changes, at: subject.now)
            for store in [subject.store, try await subject.under.another()] {
                let again = try await store.commit(id, changes, at: subject.now)
                try subject.expect(again == .conflict(at: 0), "\(again)")
                let record = try await store.read([key], at: subject.now).first ?? nil
                try subject.expect(record?.version == id, "it cannot be told whose it is")
            }
        },
    ]

    static let commits = [
        StoreConformanceCheck(3, "create needs absence, replace, remove and require their version") { subject in
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
            let outcome = try await subject.commit(.remove(key, at: nil))
            let rest = try await subject.value(key)
            try subject.expect(outcome == .committed && rest == nil, "it is there")
        },
        StoreConformanceCheck(3, "a conflict changes nothing and names the first failing change") { subject in
            let (a, b, c) = (try subject.key("a"), try subject.key("b"), try subject.key("c"))
            let d = try subject.key("a", kind: RecordKind(code: 2001))
            let version = try await subject.create(a)
            let outcome = try await subject.commit(
                .replace(a, at: version, value: [2], expiresAt: nil), .create(b, value: [1], expiresAt: nil),
                .require(c, at: version), .create(d, value: [1], expiresAt: nil), .require(c.neighbour, at: version))
            try subject.expect(outcome == .conflict(at: 2), "\(outcome)")
            let values = try await subject.store.read([a, b, d], at: subject.now).map { $0?.value }
            try subject.expect(values == [[1], nil, nil], "some of it was written")
        },
        StoreConformanceCheck(3, "64 changes land as a whole, or none of them") { subject in
            let keys = try (0..<64).map { try subject.key("k\($0)") }
            let creates = keys.map { RecordChange.create($0, value: [7], expiresAt: nil) }
            let outcome = try await subject.store.commit(subject.newID(), creates, at: subject.now)
            try subject.expect(outcome == .committed, "\(outcome)")
            let records = try await subject.store.read(keys, at: subject.now)
            try subject.expect(records.allSatisfy { $0?.value == [7] }, "some are missing")
            let version = records.first??.version
            let replaces = keys.map { key in
                RecordChange.replace(
                    key, at: key == keys.last ? subject.newID() : version ?? subject.newID(), value: [8], expiresAt: nil
                )
            }
            let second = try await subject.store.commit(subject.newID(), replaces, at: subject.now)
            try subject.expect(second == .conflict(at: 63), "\(second)")
            let after = try await subject.store.read(keys, at: subject.now)
            try subject.expect(after.allSatisfy { $0?.value == [7] }, "some were written")
        },
        StoreConformanceCheck(3, "one commit creates, replaces, removes and requires") { subject in
            let keys = try ["a", "b", "c", "d"].map { try subject.key($0) }
            let version = try await subject.create(keys[0])
            let others = [try await subject.create(keys[1]), try await subject.create(keys[2])]
            let outcome = try await subject.commit(
                .replace(keys[0], at: version, value: [2], expiresAt: nil), .remove(keys[1], at: others[0]),
                .require(keys[2], at: others[1]), .create(keys[3], value: [4], expiresAt: nil))
            try subject.expect(outcome == .committed, "\(outcome)")
            let values = try await subject.store.read(keys, at: subject.now).map { $0?.value }
            try subject.expect(values == [[2], nil, [1], [4]], "not what was committed")
        },
    ]
}

extension RecordKey {
    /// The same id in the next kind.
    fileprivate var neighbour: RecordKey {
        RecordKey(RecordKind(code: kind.code + 1), in: partition, id: id)
    }
}
