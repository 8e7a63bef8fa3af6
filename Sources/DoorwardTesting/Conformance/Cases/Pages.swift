// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

extension StoreConformanceCheck {
    static let pages = [
        StoreConformanceCheck(9, "lists ascend by bytes and page without loss or repetition") { subject in
            let ids = ["a", "aa", "b", "ba", "c", "\u{7F}", "\u{80}", "é"]
            for id in ids.reversed() { try await subject.create(try subject.key(id)) }
            var seen: [RecordID] = []
            for _ in 0...ids.count {
                let page = try await subject.store.list(
                    Subject.kind, in: try subject.partition(), after: seen.last, limit: 3, at: subject.now)
                try subject.expect(page.count <= 3, "a page of \(page.count)")
                if page.isEmpty { break }
                seen += page.map(\.key.id)
            }
            try subject.expect(seen == ids.compactMap { RecordID(Array($0.utf8)) }.sorted(), "\(seen.count) ids")
            let none = try subject.require(RecordID([UInt8](repeating: 0xFF, count: 32)), "")
            let end = try await subject.store.list(
                Subject.kind, in: try subject.partition(), after: none, limit: 3, at: subject.now)
            try subject.expect(end.isEmpty, "something comes after the last id")
        },
        StoreConformanceCheck(9, "lists and walks show records as they are now, on another handle too") { subject in
            let other = try await subject.under.another()
            let key = try subject.key("a")
            var version = try await subject.create(key)
            for round: UInt8 in 2..<6 {
                let id = subject.newID()
                let end = subject.later(Double(round) * 100)
                _ = try await subject.store.commit(
                    id, [.replace(key, at: version, value: [round], expiresAt: end)], at: subject.now)
                version = id
                let expected = StoredRecord(key: key, value: [round], version: id, expiresAt: end)
                for store in [subject.store, other] {
                    let listed = try await store.list(
                        Subject.kind, in: try subject.partition(), after: nil, limit: 3, at: subject.now)
                    let walked = try await store.scan(after: nil, limit: 3)
                    try subject.expect(listed == [expected] && walked == [expected], "an older state is shown")
                }
            }
        },
        StoreConformanceCheck(9, "a list begins after an id that is not there") { subject in
            for id in ["a", "c"] { try await subject.create(try subject.key(id)) }
            let page = try await subject.store.list(
                Subject.kind, in: try subject.partition(), after: try subject.key("b").id, limit: 3, at: subject.now)
            try subject.expect(page.map(\.key) == [try subject.key("c")], "\(page.count) records")
        },
        StoreConformanceCheck(9, "a list shows once what exists throughout, while others come and go") { subject in
            let stay = try (0..<20).map { try subject.key("s\(10 + $0)") }
            for key in stay { try await subject.create(key) }
            var seen: [RecordKey] = []
            for round in 0..<200 {
                let page = try await subject.store.list(
                    Subject.kind, in: try subject.partition(), after: seen.last?.id, limit: 3, at: subject.now)
                if page.isEmpty { break }
                seen += page.map(\.key)
                // Some come before, some after; the last ones that came before go again.
                try await subject.create(try subject.key("a\(round)"))
                try await subject.create(try subject.key("s10.\(round)"))
                if round > 0 { _ = try await subject.commit(.remove(try subject.key("a\(round - 1)"), at: nil)) }
            }
            try subject.expect(seen.filter { stay.contains($0) } == stay, "\(seen.count) were seen, not each once")
        },
        StoreConformanceCheck(9, "a walk over everything meets every record, expired ones too") { subject in
            var keys = Set<RecordKey>()
            for partition: UInt8 in 1...20 {
                for id in 0..<5 {
                    let key = try subject.key("s\(id)", in: partition)
                    try await subject.create(key, expiresAt: id == 0 ? subject.now.advanced(by: .milliseconds(1)) : nil)
                    keys.insert(key)
                }
            }
            let met = try await subject.walk(pages: 7)
            try subject.expect(keys.subtracting(met.map(\.key)).isEmpty, "\(keys.count - met.count) were not met")
            let record = met.first { $0.key.id == (try? subject.key("s0"))?.id }
            try subject.expect(record?.expiresAt == subject.now.advanced(by: .milliseconds(1)), "without its end")
        },
        StoreConformanceCheck(9, "a walk meets what exists throughout, while others come and go") { subject in
            let stay = try (1...30).map { try subject.key("s", in: UInt8($0)) }
            let going = try (1...30).map { try subject.key("g", in: UInt8($0)) }
            for key in stay + going { try await subject.create(key) }
            let met = try await subject.walk(pages: 4) { round in
                if going.indices.contains(round) { _ = try await subject.commit(.remove(going[round], at: nil)) }
                if round < 30 { try await subject.create(try subject.key("n", in: UInt8(100 + round))) }
            }
            try subject.expect(Set(stay).subtracting(met.map(\.key)).isEmpty, "some were not met")
        },
        StoreConformanceCheck(9, "a walk goes on from any record, on another handle") { subject in
            let keys = try (1...20).map { try subject.key("s", in: UInt8($0)) }
            for key in keys { try await subject.create(key) }
            var met: [RecordKey] = []
            for _ in 0...keys.count {
                // A handle that has not seen the walk so far.
                let page = try await subject.under.another().scan(after: met.last, limit: 6).map(\.key)
                if page.isEmpty { break }
                met += page
            }
            try subject.expect(Set(keys).subtracting(met).isEmpty, "\(met.count) were met, of \(keys.count)")
        },
    ]

    static let purges = [
        StoreConformanceCheck(10, "purge takes what ended long ago, and nothing of the last hour") { subject in
            let (old, recent, live) = (try subject.key("old"), try subject.key("recent"), try subject.key("live"))
            let start = subject.later(-86_400)
            try await subject.create(live)
            try await subject.create(old, expiresAt: subject.later(-7200), at: start)
            try await subject.create(recent, expiresAt: subject.later(-1800), at: start)
            let purged = try await subject.store.purge(expiredBefore: subject.later(86_400), limit: 100)
            let rest = try await subject.store.scan(after: nil, limit: 100).map(\.key)
            try subject.expect(purged == 1 && Set(rest) == [recent, live], "\(purged) purged, \(rest.count) left")
            let listed = try await subject.store.list(
                Subject.kind, in: try subject.partition(), after: nil, limit: 9, at: start)
            try subject.expect(Set(listed.map(\.key)) == [recent, live], "a list still knows of it")
        },
        StoreConformanceCheck(10, "purge takes no more than what ended before the bound that it is given") { subject in
            let start = subject.later(-10 * 86_400)
            for day in 1...5 {
                try await subject.create(
                    try subject.key("d\(day)"), expiresAt: subject.later(Double(-86_400 * day)), at: start)
            }
            let purged = try await subject.store.purge(expiredBefore: subject.later(-86_400 * 3), limit: 100)
            // The hour before the bound is spared as well, or not: what ended on the third day itself stays.
            let rest = try await subject.store.scan(after: nil, limit: 100)
            let kept = try (1...3).map { try subject.key("d\($0)") }
            try subject.expect(purged == 2 && Set(rest.map(\.key)) == Set(kept), "\(purged) purged, \(rest.count) left")
        },
        StoreConformanceCheck(10, "purge takes counters too, and at most as many as its limit at a time") { subject in
            let start = subject.later(-86_400)
            for number in 0..<6 {
                try await subject.create(try subject.key("r\(number)"), expiresAt: subject.later(-7200), at: start)
                _ = try await subject.count(
                    try subject.key("c\(number)"), by: 1, end: subject.later(-7200), at: start)
            }
            var purged: [Int] = []
            while purged.last != 0, purged.count < 20 {
                purged.append(try await subject.store.purge(expiredBefore: subject.now, limit: 5))
            }
            try subject.expect(purged.max() ?? 0 <= 5 && purged.reduce(0, +) == 12, "\(purged)")
            let rest = try await subject.count(try subject.key("c1"), by: 0, end: subject.now, at: start)
            try subject.expect(rest.value == 0, "a counter is left")
        },
        StoreConformanceCheck(10, "purge never takes what was written anew meanwhile") { subject in
            let start = subject.later(-86_400)
            for round in 0..<30 {
                let keys = try (0..<10).map { try subject.key("r\(round).\($0)") }
                for key in keys { try await subject.create(key, expiresAt: subject.later(-7200), at: start) }
                _ = try await subject.inParallel(2) { number in
                    if number == 0 {
                        _ = try await subject.store.purge(expiredBefore: subject.now, limit: 100)
                    } else {
                        for key in keys { try await subject.create(key, [9]) }
                    }
                }
                let values = try await subject.store.read(keys, at: subject.now).map { $0?.value }
                try subject.expect(!values.contains { $0 != [9] }, "round \(round): a new record was purged")
                let listed = try await subject.store.list(
                    Subject.kind, in: try subject.partition(), after: nil, limit: 1000, at: subject.now)
                try subject.expect(Set(listed.map(\.key)).isSuperset(of: keys), "a list lost a new record")
            }
        },
    ]
}
