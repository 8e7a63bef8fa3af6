// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

extension StoreConformanceCheck {
    static let counters = [
        StoreConformanceCheck(8, "a counter keeps the end that its first addition set") { subject in
            let key = try subject.key("n")
            let (end, later) = (subject.later(10), subject.later(20))
            _ = try await subject.count(key, by: 2, end: end)
            let second = try await subject.count(key, by: 3, end: later)
            try subject.expect(second == .init(isApplied: true, value: 5, expiresAt: end), "\(second)")
            let before = try await subject.count(key, by: 0, end: later, at: end.advanced(by: .milliseconds(-1)))
            try subject.expect(before.value == 5, "ended early")
            let fresh = try await subject.count(key, by: 1, end: later, at: end)
            try subject.expect(fresh == .init(isApplied: true, value: 1, expiresAt: later), "lived on: \(fresh)")
        },
        StoreConformanceCheck(8, "64 parallel additions stop exactly at the ceiling, on two handles") { subject in
            let key = try subject.key("n")
            let handles = [subject.store, try await subject.under.another()]
            let applied = try await subject.inParallel(64) { number in
                try await handles[number % 2].increment(
                    key, by: 1, ceiling: 50, expiresAt: subject.later(10), at: subject.now)
            }.filter(\.isApplied)
            try subject.expect(applied.count == 50, "\(applied.count) were applied")
            try subject.expect(Set(applied.map(\.value)) == Set(1...50), "two were told the same value")
            let rest = try await subject.count(key, by: 0, end: subject.later(10))
            try subject.expect(rest.value == 50 && !rest.isApplied, "\(rest)")
        },
        StoreConformanceCheck(8, "an addition lands whole or not at all") { subject in
            let key = try subject.key("n")
            let end = subject.later(10)
            _ = try await subject.count(key, by: 3, ceiling: 5, end: end)
            let over = try await subject.count(key, by: 3, ceiling: 5, end: end)
            try subject.expect(over == .init(isApplied: false, value: 3, expiresAt: end), "\(over)")
            let fits = try await subject.count(key, by: 2, ceiling: 5, end: end)
            try subject.expect(fits == .init(isApplied: true, value: 5, expiresAt: end), "\(fits)")
            let first = try await subject.count(try subject.key("m"), by: 6, ceiling: 5, end: end)
            try subject.expect(first == .init(isApplied: false, value: 0, expiresAt: end), "\(first)")
        },
        StoreConformanceCheck(8, "giving back needs its window and stops at zero") { subject in
            let key = try subject.key("n")
            let end = subject.later(10)
            _ = try await subject.count(key, by: 3, end: end)
            let wrong = try await subject.count(key, by: -1, end: end.advanced(by: .milliseconds(1)))
            try subject.expect(!wrong.isApplied && wrong.value == 3, "another window was given back into")
            let right = try await subject.count(key, by: -1, ceiling: 0, end: end)
            try subject.expect(right == .init(isApplied: true, value: 2, expiresAt: end), "\(right)")
            let zero = try await subject.count(key, by: -5, end: end)
            try subject.expect(zero.value == 0, "below zero")
            let none = try await subject.count(key, by: -1, end: end, at: end)
            try subject.expect(!none.isApplied && none.value == 0, "a window that is over was given back into")
        },
        StoreConformanceCheck(8, "reading makes no counter, and giving back makes none") { subject in
            let (first, second) = (subject.later(10), subject.later(20))
            for amount in [0, -1] {
                let key = try subject.key("n\(amount)")
                let read = try await subject.count(key, by: amount, end: first)
                try subject.expect(read == .init(isApplied: false, value: 0, expiresAt: first), "\(read)")
                let added = try await subject.count(key, by: 1, end: second)
                try subject.expect(added == .init(isApplied: true, value: 1, expiresAt: second), "\(added)")
            }
        },
        StoreConformanceCheck(8, "parallel additions to a window that is over begin one new one, on two handles") {
            subject in
            let handles = [subject.store, try await subject.under.another()]
            for round in 0..<10 {
                let key = try subject.key("w\(round)")
                _ = try await subject.count(key, by: 7, end: subject.later(1))
                let added = try await subject.inParallel(16) { number in
                    try await handles[number % 2].increment(
                        key, by: 1, ceiling: nil, expiresAt: subject.later(100), at: subject.later(2))
                }.map(\.value)
                try subject.expect(Set(added) == Set(1...16), "\(added.sorted())")
            }
        },
        StoreConformanceCheck(8, "parallel additions and returns add up, on two handles") { subject in
            let handles = [subject.store, try await subject.under.another()]
            let key = try subject.key("n")
            let end = subject.later(10)
            _ = try await subject.count(key, by: 1000, end: end)
            _ = try await subject.inParallel(64) { number in
                try await handles[number % 2].increment(
                    key, by: number < 32 ? 3 : -5, ceiling: nil, expiresAt: end, at: subject.now)
            }
            let sum = try await subject.count(key, by: 0, end: end).value
            try subject.expect(sum == 1000 + 32 * 3 - 32 * 5, "\(sum)")
        },
        StoreConformanceCheck(8, "counters are exact up to 2^53 and go no further") { subject in
            let key = try subject.key("n")
            let (end, most) = (subject.later(10), 1 << 53)
            let first = try await subject.count(key, by: most - 1, end: end)
            try subject.expect(first.value == most - 1, "\(first)")
            let last = try await subject.count(key, by: 1, end: end)
            try subject.expect(last == .init(isApplied: true, value: most, expiresAt: end), "\(last)")
            let beyond = try await subject.count(key, by: 1, end: end)
            try subject.expect(beyond == .init(isApplied: false, value: most, expiresAt: end), "\(beyond)")
            let back = try await subject.count(key, by: -1, end: end)
            try subject.expect(back.value == most - 1, "\(back)")
        },
    ]
}
