// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

extension StoreConformanceCheck {
    static let processes = [
        StoreConformanceCheck(4, "of 32 writers in four processes one wins", needsProcesses: true) { subject in
            try await oneWins(on: try await handles(4, subject), rounds: 15, subject)
        },
        StoreConformanceCheck(
            4, "what a commit requires does not change under it, in two processes", needsProcesses: true
        ) { subject in
            try await requirementsHold(on: try await handles(2, subject), rounds: 30, subject)
        },
        StoreConformanceCheck(4, "a process sees at once, and whole, what another committed", needsProcesses: true) {
            subject in
            let handles = try await handles(2, subject)
            try await seesAtOnce(handles[0], handles[1], rounds: 50, subject)
            try await onlyWholeCommits(handles, subject)
        },
        StoreConformanceCheck(3, "what was acknowledged survives the death of its process", needsProcesses: true) {
            subject in
            for round in 0..<10 { try await killing(round, subject) }
        },
    ]

    private static func handles(_ count: Int, _ subject: Subject) async throws -> [any AuthStore] {
        let elsewhere = try subject.require(subject.under.elsewhere, "")
        var handles: [any AuthStore] = []
        for _ in 0..<count { handles.append(try await elsewhere()) }
        return handles
    }

    private static func killing(_ round: Int, _ subject: Subject) async throws {
        let elsewhere = try subject.require(subject.under.elsewhere, "")
        let child = try await elsewhere()
        func pair(_ number: Int) throws -> [RecordKey] {
            [try subject.key("d\(round).\(number)"), try subject.key("t\(round).\(number)")]
        }
        let writing = Task {
            var acknowledged: [RecordKey] = []
            while true {
                let keys = try pair(acknowledged.count)
                let outcome = try? await child.commit(
                    subject.newID(), keys.map { .create($0, value: [1], expiresAt: nil) }, at: subject.now)
                guard outcome == .committed else { return acknowledged }
                acknowledged.append(keys[0])
            }
        }
        while try await subject.store.read(try pair(5 + round)[0], at: subject.now) == nil { await Task.yield() }
        await child.kill()
        let acknowledged = try await writing.value
        let next = try await elsewhere()
        for start in stride(from: 0, to: acknowledged.count, by: 100) {
            let keys = Array(acknowledged[start..<min(start + 100, acknowledged.count)])
            let values = try await next.read(keys, at: subject.now)
            try subject.expect(!values.contains { $0 == nil }, "an acknowledged commit is lost")
        }
        // The one under way is there as a whole, or not at all.
        let last = try await next.read(try pair(acknowledged.count), at: subject.now)
        try subject.expect((last[0] == nil) == (last[1] == nil), "half a commit is there")
        await next.kill()
    }
}
