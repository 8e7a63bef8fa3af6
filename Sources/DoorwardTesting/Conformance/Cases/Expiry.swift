// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

extension StoreConformanceCheck {
    static let expiry = [
        StoreConformanceCheck(1, "a record ends at its expiry, to the millisecond") { subject in
            let key = try subject.key("a")
            let end = subject.later(10)
            try await subject.create(key, expiresAt: end)
            let last = try await subject.value(key, at: end.advanced(by: .milliseconds(-1)))
            try subject.expect(last != nil, "gone a millisecond early")
            let gone = try await subject.value(key, at: end)
            try subject.expect(gone == nil, "there at its end")
        },
        StoreConformanceCheck(1, "ends are kept exactly, from the first to the last that a number can hold") {
            subject in
            let odd = Timestamp(milliseconds: 1 << 53 + 1)
            for end in [Timestamp(milliseconds: .max), odd, subject.now, Timestamp(milliseconds: .min + 1)] {
                let key = try subject.key("e\(end.milliseconds)")
                let before = end.advanced(by: .milliseconds(-1))
                try await subject.create(key, expiresAt: end, at: before)
                let record = try await subject.record(key, at: before)
                try subject.expect(record?.expiresAt == end, "\(end.milliseconds) came back as another end")
                let gone = try await subject.value(key, at: end)
                try subject.expect(gone == nil, "there at \(end.milliseconds)")
            }
        },
        StoreConformanceCheck(1, "only the caller's time counts, and where it steps back, what was over lives again") {
            subject in
            let key = try subject.key("a")
            // Over by any clock of the store's own.
            let end = subject.later(-86_400)
            let before = end.advanced(by: .seconds(-10))
            let version = try await subject.create(key, [7], expiresAt: end, at: before)
            let over = try await subject.value(key, at: end)
            try subject.expect(over == nil, "there at its end")
            let again = try await subject.value(key, at: before)
            try subject.expect(again == [7], "gone before its end, as the caller tells the time")
            let outcome = try await subject.commit(.require(key, at: version), at: before)
            try subject.expect(outcome == .committed, "absent before its end")
        },
        StoreConformanceCheck(1, "an expired record is absent to create and require, and in no version") { subject in
            let key = try subject.key("a")
            let end = subject.later(10)
            let version = try await subject.create(key, expiresAt: end)
            for change: RecordChange in [
                .replace(key, at: version, value: [2], expiresAt: nil), .remove(key, at: version),
                .require(key, at: version),
            ] {
                let outcome = try await subject.commit(change, at: end)
                try subject.expect(outcome == .conflict(at: 0), "an expired record has a version")
            }
            let required = try await subject.commit(.require(key, at: nil), at: end)
            try subject.expect(required == .committed, "an expired record counts as there")
            let created = try await subject.commit(.create(key, value: [3], expiresAt: nil), at: end)
            try subject.expect(created == .committed, "an expired record was in the way")
        },
        StoreConformanceCheck(1, "lists leave out what has expired, and fill their pages with the rest") { subject in
            let end = subject.later(10)
            for id in ["a", "b", "d"] { try await subject.create(try subject.key(id), expiresAt: end) }
            for id in ["c", "e"] { try await subject.create(try subject.key(id)) }
            let page = try await subject.store.list(
                Subject.kind, in: try subject.partition(), after: nil, limit: 2, at: end)
            try subject.expect(
                page.map(\.key) == [try subject.key("c"), try subject.key("e")], "\(page.count) records")
        },
        StoreConformanceCheck(1, "a replaced record has the new expiry, or none") { subject in
            let key = try subject.key("a")
            let version = try await subject.create(key, expiresAt: subject.later(10))
            _ = try await subject.commit(.replace(key, at: version, value: [2], expiresAt: nil))
            let year = subject.later(86_400 * 365)
            let later = try await subject.value(key, at: year)
            try subject.expect(later == [2], "it kept the old end")
            let second = try subject.require(try await subject.version(key), "gone")
            _ = try await subject.commit(.replace(key, at: second, value: [3], expiresAt: subject.later(1)))
            let over = try await subject.value(key, at: year)
            try subject.expect(over == nil, "it kept no end")
        },
    ]
}
