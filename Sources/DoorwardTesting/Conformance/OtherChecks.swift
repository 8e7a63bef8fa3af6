// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

extension StoreConformanceCheck {
    static let bytes = [
        StoreConformanceCheck(5, "values hold any bytes, from none to 64 KiB") { subject in
            let all = (0...255).map { UInt8($0) }
            for (index, value) in [[], [0], all, [UInt8](repeating: 0xFF, count: 64 * 1024)].enumerated() {
                let key = try subject.key("v\(index)")
                try await subject.create(key, value)
                let read = try await subject.value(key)
                try subject.expect(read == value, "value \(index) came back as \(read?.count ?? -1) bytes")
            }
        },
        StoreConformanceCheck(5, "ids are told apart as bytes, from none to 32") { subject in
            let ids: [[UInt8]] = [
                [], [0], [0, 0], Array("é".utf8), Array("e\u{301}".utf8), Array("K".utf8), Array("k".utf8),
                [0xFF, 0xFE], [UInt8](repeating: 0x7D, count: 32), [UInt8](repeating: 0xFF, count: 32),
            ]
            let keys = try ids.map { id in
                RecordKey(Subject.kind, in: try subject.partition(), id: try subject.require(RecordID(id), "id"))
            }
            for (index, key) in keys.enumerated() { try await subject.create(key, [UInt8(index)]) }
            let records = try await subject.store.read(keys, at: subject.now)
            try subject.expect(
                records.map { $0?.value } == keys.indices.map { [UInt8($0)] }, "two ids are one, or one is lost")
        },
        StoreConformanceCheck(5, "kinds and partitions are apart") { subject in
            let keys = [
                try subject.key("a"), try subject.key("a", in: 2),
                try subject.key("a", kind: RecordKind(code: 2001)), try subject.key("a", kind: RecordKind(code: .max)),
            ]
            for (index, key) in keys.enumerated() { try await subject.create(key, [UInt8(index)]) }
            for (index, key) in keys.enumerated() {
                let value = try await subject.value(key)
                try subject.expect(value == [UInt8(index)], "\(index)")
            }
        },
        StoreConformanceCheck(5, "lists ascend by bytes, page without loss or repetition, and stay in their kind") {
            subject in
            let ids = ["a", "aa", "b", "ba", "c", "\u{7F}", "\u{80}", "é"]
            for id in ids.reversed() { try await subject.create(try subject.key(id)) }
            try await subject.create(try subject.key("x", in: 2))
            try await subject.create(try subject.key("x", kind: RecordKind(code: 2001)))
            var seen: [RecordID] = []
            for _ in 0..<ids.count {
                let page = try await subject.store.list(
                    Subject.kind, in: try subject.partition(), after: seen.last, limit: 3, at: subject.now)
                try subject.expect(page.count <= 3, "a page of \(page.count)")
                if page.isEmpty { break }
                seen += page.map(\.key.id)
            }
            try subject.expect(seen == ids.compactMap { RecordID(Array($0.utf8)) }.sorted(), "\(seen.count) ids")
        },
    ]

    static let misuse = [
        StoreConformanceCheck(6, "misuse is refused and changes nothing") { subject in
            let (a, b) = (try subject.key("a"), try subject.key("b", in: 2))
            let many = try (0..<65).map { RecordChange.create(try subject.key("m\($0)"), value: [], expiresAt: nil) }
            let commits: [(String, [RecordChange])] = [
                ("no change", []), ("65 changes", many),
                ("two partitions", [.create(a, value: [], expiresAt: nil), .create(b, value: [], expiresAt: nil)]),
                ("a key twice", [.create(a, value: [], expiresAt: nil), .require(a, at: nil)]),
                ("a value over 64 KiB", [.create(a, value: [UInt8](repeating: 0, count: 65_537), expiresAt: nil)]),
            ]
            for (name, changes) in commits {
                try await subject.expectMisuse(name) { () async throws(StoreError) in
                    _ = try await subject.store.commit(subject.newID(), changes, at: subject.now)
                }
            }
            let reads: [(String, [RecordKey])] = [
                ("no key", []), ("keys of two partitions", [a, b]), ("a key read twice", [a, a]),
            ]
            for (name, keys) in reads {
                try await subject.expectMisuse(name) { () async throws(StoreError) in
                    _ = try await subject.store.read(keys, at: subject.now)
                }
            }
            let rest = try await subject.store.scan(after: nil, limit: 10)
            try subject.expect(rest.isEmpty, "something was written")
        }
    ]

    static let counters = [
        StoreConformanceCheck(1, "a counter keeps the end that its first addition set") { subject in
            let key = try subject.key("n")
            let end = subject.now.advanced(by: .seconds(10))
            let later = end.advanced(by: .seconds(10))
            _ = try await subject.store.increment(key, by: 2, ceiling: nil, expiresAt: end, at: subject.now)
            let second = try await subject.store.increment(key, by: 3, ceiling: nil, expiresAt: later, at: subject.now)
            try subject.expect(second == .init(isApplied: true, value: 5, expiresAt: end), "\(second)")
            let before = try await subject.store.increment(
                key, by: 0, ceiling: nil, expiresAt: later, at: end.advanced(by: .milliseconds(-1)))
            try subject.expect(before.value == 5, "ended early")
            let fresh = try await subject.store.increment(key, by: 1, ceiling: nil, expiresAt: later, at: end)
            try subject.expect(fresh == .init(isApplied: true, value: 1, expiresAt: later), "lived on: \(fresh)")
        },
        StoreConformanceCheck(3, "64 parallel additions stop exactly at the ceiling") { subject in
            let key = try subject.key("n")
            let end = subject.now.advanced(by: .seconds(10))
            let applied = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<64 {
                    group.addTask {
                        try await subject.store.increment(key, by: 1, ceiling: 50, expiresAt: end, at: subject.now)
                            .isApplied
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try subject.expect(applied == 50, "\(applied) were applied")
            let rest = try await subject.store.increment(key, by: 0, ceiling: nil, expiresAt: end, at: subject.now)
            try subject.expect(rest.value == 50 && !rest.isApplied, "\(rest)")
        },
        StoreConformanceCheck(3, "giving back needs its window and stops at zero") { subject in
            let key = try subject.key("n")
            let end = subject.now.advanced(by: .seconds(10))
            let other = end.advanced(by: .milliseconds(1))
            _ = try await subject.store.increment(key, by: 3, ceiling: nil, expiresAt: end, at: subject.now)
            let wrong = try await subject.store.increment(key, by: -1, ceiling: nil, expiresAt: other, at: subject.now)
            try subject.expect(!wrong.isApplied && wrong.value == 3, "another window was given back into")
            let right = try await subject.store.increment(key, by: -1, ceiling: 0, expiresAt: end, at: subject.now)
            try subject.expect(right == .init(isApplied: true, value: 2, expiresAt: end), "\(right)")
            let zero = try await subject.store.increment(key, by: -5, ceiling: nil, expiresAt: end, at: subject.now)
            try subject.expect(zero.value == 0, "below zero")
            let none = try await subject.store.increment(key, by: -1, ceiling: nil, expiresAt: end, at: end)
            try subject.expect(!none.isApplied && none.value == 0, "a window that is over was given back into")
        },
        StoreConformanceCheck(5, "a counter and a record of one name are two things") { subject in
            let key = try subject.key("n")
            _ = try await subject.store.increment(
                key, by: 3, ceiling: nil, expiresAt: subject.now.advanced(by: .seconds(1)), at: subject.now)
            try await subject.create(key, [9])
            let value = try await subject.value(key)
            try subject.expect(value == [9], "they are one")
        },
    ]

    static let maintenance = [
        StoreConformanceCheck(5, "a walk over everything meets every record, expired ones too") { subject in
            var keys = Set<RecordKey>()
            for partition: UInt8 in 1...20 {
                for id in 0..<5 {
                    let key = try subject.key("s\(id)", in: partition)
                    try await subject.create(key, expiresAt: id == 0 ? subject.now.advanced(by: .milliseconds(1)) : nil)
                    keys.insert(key)
                }
            }
            var last: RecordKey?
            for _ in 0..<200 {
                let page = try await subject.store.scan(after: last, limit: 7)
                try subject.expect(page.count <= 7, "a page of \(page.count)")
                guard let end = page.last else { break }
                page.forEach { keys.remove($0.key) }
                last = end.key
            }
            try subject.expect(keys.isEmpty, "\(keys.count) were not met")
        },
        StoreConformanceCheck(1, "purge takes what expired long ago, and nothing of the last hour") { subject in
            let (old, recent, live) = (try subject.key("old"), try subject.key("recent"), try subject.key("live"))
            try await subject.create(live)
            let start = subject.now.advanced(by: .seconds(-86_400))
            for (key, age) in [(old, 7200.0), (recent, 1800.0)] {
                _ = try await subject.store.commit(
                    subject.newID(), [.create(key, value: [1], expiresAt: subject.now.advanced(by: .seconds(-age)))],
                    at: start)
            }
            let purged = try await subject.store.purge(
                expiredBefore: subject.now.advanced(by: .seconds(86_400)), limit: 100)
            let rest = try await subject.store.scan(after: nil, limit: 100).map(\.key)
            try subject.expect(purged == 1 && Set(rest) == [recent, live], "\(purged) purged, \(rest.count) left")
        },
    ]
}
