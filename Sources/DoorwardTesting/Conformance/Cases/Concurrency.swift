// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

extension StoreConformanceCheck {
    static let snapshots = [
        StoreConformanceCheck(4, "another handle sees a commit at once") { subject in
            let other = try await subject.under.another()
            for round in 0..<20 {
                let key = try subject.key("a")
                let version = try await other.read([key], at: subject.now).first??.version
                let change: RecordChange =
                    version.map { .replace(key, at: $0, value: [UInt8(round)], expiresAt: nil) }
                    ?? .create(key, value: [UInt8(round)], expiresAt: nil)
                let outcome = try await subject.commit(change)
                let seen = try await other.read([key], at: subject.now).first??.value
                try subject.expect(outcome == .committed && seen == [UInt8(round)], "round \(round): it does not")
            }
        },
        StoreConformanceCheck(4, "a read of several records is one snapshot") { subject in
            let (a, b) = (try subject.key("a"), try subject.key("b"))
            _ = try await subject.commit(
                .create(a, value: [0], expiresAt: nil), .create(b, value: [0], expiresAt: nil))
            let reads = try await subject.inParallel(4) { number -> Bool in
                for round in 0..<100 {
                    let pair = try await subject.store.read([a, b], at: subject.now)
                    if pair[0]?.version != pair[1]?.version { return false }
                    guard number == 0, let version = pair[0]?.version else { continue }
                    _ = try await subject.store.commit(
                        subject.newID(),
                        [a, b].map { .replace($0, at: version, value: [UInt8(round)], expiresAt: nil) },
                        at: subject.now)
                }
                return true
            }
            try subject.expect(reads.allSatisfy { $0 }, "half of a commit was seen")
        },
    ]

    static let races = [
        StoreConformanceCheck(4, "of 32 writers of one version one wins, on two handles, 20 times") { subject in
            try await winners(on: [subject.store, try await subject.under.another()], rounds: 20, subject)
        },
        StoreConformanceCheck(4, "of 32 creators of one record one wins, on two handles, 20 times") { subject in
            let handles = [subject.store, try await subject.under.another()]
            for round in 0..<20 {
                let key = try subject.key("r\(round)")
                let wins = try await subject.inParallel(32) { writer in
                    try await handles[writer % 2].commit(
                        subject.newID(), [.create(key, value: [UInt8(writer)], expiresAt: nil)], at: subject.now)
                }.count { $0 == .committed }
                try subject.expect(wins == 1, "\(wins) won")
            }
        },
        StoreConformanceCheck(4, "two commits that each require the other's record absent do not both land") {
            subject in
            for round in 0..<40 {
                let (a, b) = (try subject.key("a\(round)"), try subject.key("b\(round)"))
                let outcomes = try await subject.inParallel(2) { number in
                    let (mine, theirs) = number == 0 ? (a, b) : (b, a)
                    return try await subject.store.commit(
                        subject.newID(), [.require(theirs, at: nil), .create(mine, value: [1], expiresAt: nil)],
                        at: subject.now)
                }
                try subject.expect(outcomes.count { $0 == .committed } == 1, "\(outcomes)")
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

    static let processes = [
        StoreConformanceCheck(4, "of 32 writers in four processes one wins, 50 times", needsProcesses: true) {
            subject in
            let elsewhere = try subject.require(subject.under.elsewhere, "")
            var handles: [any AuthStore] = []
            for _ in 0..<4 { handles.append(try await elsewhere()) }
            try await winners(on: handles, rounds: 50, subject)
        },
        StoreConformanceCheck(4, "a process sees at once what another committed", needsProcesses: true) { subject in
            let elsewhere = try subject.require(subject.under.elsewhere, "")
            let (first, second) = (try await elsewhere(), try await elsewhere())
            let key = try subject.key("p")
            for round in 0..<50 {
                let version = try await second.read([key], at: subject.now).first??.version
                let change: RecordChange =
                    version.map { .replace(key, at: $0, value: [UInt8(round)], expiresAt: nil) }
                    ?? .create(key, value: [UInt8(round)], expiresAt: nil)
                let outcome = try await first.commit(subject.newID(), [change], at: subject.now)
                let seen = try await second.read([key], at: subject.now).first??.value
                try subject.expect(outcome == .committed && seen == [UInt8(round)], "round \(round): it does not")
            }
        },
        StoreConformanceCheck(3, "what was acknowledged survives the death of its process", needsProcesses: true) {
            subject in
            let elsewhere = try subject.require(subject.under.elsewhere, "")
            for round in 0..<10 {
                let child = try await elsewhere()
                let writing = Task {
                    var acknowledged: [RecordKey] = []
                    while true {
                        let key = try subject.key("d\(round).\(acknowledged.count)")
                        let twin = try subject.key("t\(round).\(acknowledged.count)")
                        let outcome = try? await child.commit(
                            subject.newID(),
                            [.create(key, value: [1], expiresAt: nil), .create(twin, value: [1], expiresAt: nil)],
                            at: subject.now)
                        guard outcome == .committed else { return acknowledged }
                        acknowledged.append(key)
                    }
                }
                while try await subject.value(try subject.key("d\(round).\(5 + round)")) == nil { await Task.yield() }
                await child.kill()
                let acknowledged = try await writing.value
                let next = try await elsewhere()
                for start in stride(from: 0, to: acknowledged.count, by: 100) {
                    let keys = Array(acknowledged[start..<min(start + 100, acknowledged.count)])
                    let values = try await next.read(keys, at: subject.now)
                    try subject.expect(!values.contains { $0 == nil }, "an acknowledged commit is lost")
                }
                // The one under way is there as a whole, or not at all.
                let last = [
                    try subject.key("d\(round).\(acknowledged.count)"),
                    try subject.key("t\(round).\(acknowledged.count)"),
                ]
                let pair = try await next.read(last, at: subject.now)
                try subject.expect((pair[0] == nil) == (pair[1] == nil), "half a commit is there")
                await next.kill()
            }
        },
    ]

    private static func winners(on handles: [any AuthStore], rounds: Int, _ subject: Subject) async throws {
        for round in 0..<rounds {
            let key = try subject.key("w\(round)")
            let version = try await subject.create(key)
            let wins = try await subject.inParallel(32) { writer in
                try await handles[writer % handles.count].commit(
                    subject.newID(), [.replace(key, at: version, value: [UInt8(writer)], expiresAt: nil)],
                    at: subject.now)
            }.count { $0 == .committed }
            try subject.expect(wins == 1, "\(wins) won")
        }
    }
}
