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
        StoreConformanceCheck(5, "64 values of 64 KiB fit into one commit, and come back in one read") { subject in
            let keys = try (0..<64).map { try subject.key("big\($0)") }
            let value = [UInt8](repeating: 0xA5, count: 64 * 1024)
            let outcome = try await subject.store.commit(
                subject.newID(), keys.map { .create($0, value: value, expiresAt: nil) }, at: subject.now)
            try subject.expect(outcome == .committed, "\(outcome)")
            let records = try await subject.store.read(keys, at: subject.now)
            try subject.expect(records.allSatisfy { $0?.value == value }, "some are missing or cut")
        },
        StoreConformanceCheck(5, "ids are told apart as bytes, from none to 32") { subject in
            var ids: [[UInt8]] = [
                [], [0], [0, 0], [0xFF, 0xFE], [UInt8](repeating: 0x7D, count: 32), [UInt8](repeating: 0xFF, count: 32),
                [UInt8](repeating: 0xFF, count: 31) + [0xFE],
            ]
            ids += ["*", "%", "_", "?", "a:b", "{", "}", "[a]", "\\", "\\x00", "'", "\"", "-", " ", "\n", "0", "00"].map
            {
                Array($0.utf8)
            }
            try await apart(ids, subject)
        },
        StoreConformanceCheck(5, "ids that look alike are different") { subject in
            // Composed and decomposed, cases, a kelvin sign, ligatures, wide forms, joiners, other scripts' letters.
            let texts = [
                "é", "e\u{301}", "É", "K", "k", "\u{212A}", "ß", "ss", "ẞ", "fi", "ﬁ", "ａ", "a", "A", "а", "ı", "i",
                "İ",
                "a\u{200D}", "σ", "ς", "1", "١", "①",
            ]
            try await apart(texts.map { Array($0.utf8) }, subject)
        },
        StoreConformanceCheck(5, "kinds and partitions are apart") { subject in
            var keys = [try subject.key("a")]
            for code: UInt16 in [2001, 2000 + 256, .max] {
                keys.append(try subject.key("a", kind: RecordKind(code: code)))
            }
            for byte in [0, 7, 8, 15] {
                var bytes = [UInt8](repeating: 1, count: 16)
                bytes[byte] = 2
                let partition = try subject.require(Partition(bytes: bytes), "")
                keys.append(RecordKey(Subject.kind, in: partition, id: keys[0].id))
            }
            for (index, key) in keys.enumerated() { try await subject.create(key, [UInt8(index)]) }
            for (index, key) in keys.enumerated() {
                let value = try await subject.value(key)
                try subject.expect(value == [UInt8(index)], "key \(index) holds another's value")
            }
            let page = try await subject.store.list(
                Subject.kind, in: try subject.partition(), after: nil, limit: 10, at: subject.now)
            try subject.expect(page.map(\.key) == [keys[0]], "a list has \(page.count) of another kind or partition")
        },
        StoreConformanceCheck(5, "a counter and a record of one name are two things") { subject in
            let key = try subject.key("n")
            _ = try await subject.count(key, by: 3, end: subject.later(1))
            try await subject.create(key, [9])
            let value = try await subject.value(key)
            let rest = try await subject.count(key, by: 0, end: subject.later(1))
            try subject.expect(value == [9] && rest.value == 3, "they are one")
        },
    ]

    private static func apart(_ ids: [[UInt8]], _ subject: Subject) async throws {
        let keys = try ids.map { try subject.key($0) }
        for (index, key) in keys.enumerated() { try await subject.create(key, [UInt8(index)]) }
        let records = try await subject.store.read(keys, at: subject.now)
        try subject.expect(
            records.map { $0?.value } == keys.indices.map { [UInt8($0)] }, "two ids are one, or one is lost")
        let page = try await subject.store.list(
            Subject.kind, in: try subject.partition(), after: nil, limit: 100, at: subject.now)
        try subject.expect(page.map(\.key) == keys.sorted(), "a list has them in another order, or not all")
    }

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
                ("129 keys", try (0..<129).map { try subject.key("m\($0)") }),
            ]
            for (name, keys) in reads {
                try await subject.expectMisuse(name) { () async throws(StoreError) in
                    _ = try await subject.store.read(keys, at: subject.now)
                }
            }
            let rest = try await subject.store.scan(after: nil, limit: 10)
            try subject.expect(rest.isEmpty, "something was written")
        },
        StoreConformanceCheck(6, "limits, ceilings and amounts out of range are refused") { subject in
            let partition = try subject.partition()
            for limit in [0, -1, .min] {
                try await subject.expectMisuse("a list of \(limit)") { () async throws(StoreError) in
                    _ = try await subject.store.list(
                        Subject.kind, in: partition, after: nil, limit: limit, at: subject.now)
                }
                try await subject.expectMisuse("a scan of \(limit)") { () async throws(StoreError) in
                    _ = try await subject.store.scan(after: nil, limit: limit)
                }
                try await subject.expectMisuse("a purge of \(limit)") { () async throws(StoreError) in
                    _ = try await subject.store.purge(expiredBefore: subject.now, limit: limit)
                }
            }
            let key = try subject.key("n")
            let cases: [(Int, Int?)] = [(1, -1), (1, .min), (.max, nil), (.min, nil), (1 << 53 + 1, nil), (1, .max)]
            for (amount, ceiling) in cases {
                try await subject.expectMisuse("\(amount) to \(ceiling ?? -0)") { () async throws(StoreError) in
                    _ = try await subject.store.increment(
                        key, by: amount, ceiling: ceiling, expiresAt: subject.later(1), at: subject.now)
                }
            }
            let rest = try await subject.count(key, by: 0, end: subject.later(1))
            try subject.expect(rest.value == 0, "something was added")
        },
    ]
}
