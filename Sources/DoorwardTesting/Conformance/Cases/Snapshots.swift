// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

extension StoreConformanceCheck {
    static let snapshots = [
        StoreConformanceCheck(4, "another handle sees a commit at once") { subject in
            let other = try await subject.under.another()
            try await seesAtOnce(subject.store, other, rounds: 20, subject)
        },
        StoreConformanceCheck(4, "a read of several records is one snapshot, on two handles") { subject in
            try await onlyWholeCommits([subject.store, try await subject.under.another()], subject)
        },
        StoreConformanceCheck(4, "128 records come back in the order of their keys, with gaps where there are none") {
            subject in
            let keys = try (0..<128).map { try subject.key("\($0)") }.shuffled()
            for (index, key) in keys.enumerated() where index % 3 != 0 { try await subject.create(key, [UInt8(index)]) }
            let records = try await subject.store.read(keys, at: subject.now)
            let expected = keys.indices.map { $0 % 3 == 0 ? nil : [UInt8($0)] }
            try subject.expect(records.map { $0?.value } == expected, "not what is there, or not in that order")
        },
        StoreConformanceCheck(4, "of many requests at once each gets its own answer") { subject in
            let keys = try (0..<64).map { try subject.key("o\($0)") }
            for (index, key) in keys.enumerated() { try await subject.create(key, [UInt8(index)]) }
            let wrong = subject.newID()
            let strange = try await subject.inParallel(64) { number -> Bool in
                let key = keys[number]
                for _ in 0..<10 {
                    let record = try await subject.store.read(key, at: subject.now)
                    guard let record, record.key == key, record.value.first == UInt8(number) else { return true }
                    let isRight = number.isMultiple(of: 2)
                    let outcome = try await subject.store.commit(
                        subject.newID(),
                        [.replace(key, at: isRight ? record.version : wrong, value: [UInt8(number)], expiresAt: nil)],
                        at: subject.now)
                    guard outcome == (isRight ? .committed : .conflict(at: 0)) else { return true }
                    let added = try await subject.count(key, by: number + 1, end: subject.later(10))
                    guard added.value.isMultiple(of: number + 1) else { return true }
                }
                return false
            }
            try subject.expect(!strange.contains(true), "somebody got another's answer")
        },
    ]

    static func seesAtOnce(_ writer: any AuthStore, _ reader: any AuthStore, rounds: Int, _ subject: Subject)
        async throws
    {
        let key = try subject.key("seen")
        for round in 0..<rounds {
            let version = try await subject.record(key, on: reader)?.version
            let change: RecordChange =
                version.map { .replace(key, at: $0, value: [UInt8(round)], expiresAt: nil) }
                ?? .create(key, value: [UInt8(round)], expiresAt: nil)
            let outcome = try await writer.commit(subject.newID(), [change], at: subject.now)
            let seen = try await subject.record(key, on: reader)?.value
            try subject.expect(outcome == .committed && seen == [UInt8(round)], "round \(round): it does not")
        }
    }

    /// One task rewrites 64 records together, others read them all.
    static func onlyWholeCommits(_ handles: [any AuthStore], _ subject: Subject) async throws {
        let keys = try (0..<64).map { try subject.key("w\($0)") }
        let first = subject.newID()
        _ = try await handles[0].commit(
            first, keys.map { .create($0, value: [0], expiresAt: nil) }, at: subject.now)
        let reads = try await subject.inParallel(4) { number -> Bool in
            var version = first
            for round in 0..<50 {
                if number == 0 {
                    let next = subject.newID()
                    let changes = keys.map {
                        RecordChange.replace($0, at: version, value: [UInt8(round)], expiresAt: nil)
                    }
                    guard try await handles[0].commit(next, changes, at: subject.now) == .committed else {
                        return false
                    }
                    version = next
                    // However tasks are scheduled, the readers see it change.
                    await Task.yield()
                } else {
                    let records = try await handles[number % handles.count].read(keys, at: subject.now)
                    if Set(records.map { $0?.version }).count != 1 { return false }
                }
            }
            return true
        }
        try subject.expect(!reads.contains(false), "half of a commit was seen")
    }
}
