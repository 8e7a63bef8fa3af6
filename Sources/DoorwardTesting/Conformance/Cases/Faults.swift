// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

extension StoreConformanceCheck {
    static let faults =
        StoreFault.Kind.allCases.filter { $0 != .replyLostOnce && $0 != .lateReply }.flatMap { kind in
            [
                StoreConformanceCheck(
                    7, "\(kind): no verdict, an honest error, and the same handle works afterwards", fault: kind
                ) {
                    subject in try await commitsAreHonest(kind, subject)
                },
                StoreConformanceCheck(7, "\(kind): additions are not repeated", fault: kind) { subject in
                    try await additionsAreNotRepeated(kind, subject)
                },
            ]
        }

    static func fault(_ kind: StoreFault.Kind, of subject: Subject) throws -> StoreFault {
        try subject.require(subject.under.faults.first { $0.kind == kind }, "no such fault")
    }

    /// Whether reads must fail while it lasts.
    private static func stopsReads(_ kind: StoreFault.Kind) -> Bool {
        switch kind {
        case .diskFull, .readOnly, .writesBlocked: false
        default: true
        }
    }

    private static func commitsAreHonest(_ kind: StoreFault.Kind, _ subject: Subject) async throws {
        let fault = try fault(kind, of: subject)
        let (there, new) = (try subject.key("there"), try subject.key("new"))
        let version = try await subject.create(there, [1])
        for round in 0..<3 {
            let id = subject.newID()
            let current = round == 0 ? version : try subject.require(try await subject.version(there), "gone")
            // More than what a full disk may still have room for, however it is packed.
            let value = [UInt8(2 + round)] + SystemRandomSource().bytes(60_000)
            let changes: [RecordChange] = [
                .replace(there, at: current, value: value, expiresAt: nil), .remove(new, at: nil),
            ]
            try await fault.begin()
            let error = await subject.failure { () async throws(StoreError) in
                _ = try await subject.store.commit(id, changes, at: subject.now)
            }
            let readError = await subject.failure { () async throws(StoreError) in
                // What it can read must be true.
                let miss = StoreError(.corrupt, "a fault was read as a miss")
                guard try await subject.store.read(there, at: subject.now) != nil else { throw miss }
                let records = try await subject.store.read([there, new], at: subject.now)
                guard records[0] != nil, records[1] == nil else { throw miss }
            }
            try await fault.end()
            try subject.expect(
                error?.code == .unavailable || error?.code == .outcomeUnknown,
                "a commit gave \(error.map { "\($0)" } ?? "a verdict")")
            try subject.expect(
                readError?.code == .unavailable || (readError == nil && !stopsReads(kind)),
                "a read gave \(readError.map { "\($0)" } ?? "records")")
            // The same handle, at once.
            let read = try await subject.value(there)
            let hasLanded = read == value
            try subject.expect(hasLanded || read?.first != UInt8(2 + round), "half of a commit is there")
            if error?.code == .unavailable {
                // Neither does it land later.
                for _ in 0..<10 {
                    let now = try await subject.value(there)
                    try subject.expect(now != value, "it landed, and was called unavailable")
                    try await Task.sleep(for: .milliseconds(10))
                }
            }
            // Sent again, it is settled: it lands now, or the record shows that it had.
            let again = try await subject.store.commit(id, changes, at: subject.now)
            let settled = try await subject.version(there)
            try subject.expect(settled == id, "sent again: \(again), and the record is another's")
            try subject.expect(again == .committed || again == .conflict(at: 0), "sent again: \(again)")
        }
    }

    private static func additionsAreNotRepeated(_ kind: StoreFault.Kind, _ subject: Subject) async throws {
        let fault = try fault(kind, of: subject)
        let key = try subject.key("n")
        let end = subject.later(3600)
        _ = try await subject.count(key, by: 1, end: end)
        try await fault.begin()
        let error = await subject.failure { () async throws(StoreError) in
            _ = try await subject.store.increment(key, by: 10, ceiling: nil, expiresAt: end, at: subject.now)
        }
        try await fault.end()
        let value = try await subject.count(key, by: 0, end: end).value
        // A full disk may have room for a number.
        guard let error else { return try subject.expect(kind == .diskFull && value == 11, "a verdict, and \(value)") }
        let allowed = error.code == .outcomeUnknown ? [1, 11] : [1]
        try subject.expect(allowed.contains(value), "\(error.code), and the counter is at \(value)")
    }
}
