// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

extension StoreConformanceCheck {
    static let replies = [
        StoreConformanceCheck(7, "a reply that was lost leaves the outcome unknown", fault: .replyLost) { subject in
            let fault = try fault(.replyLost, of: subject)
            let key = try subject.key("a")
            // So that there is a connection to be cut.
            try await subject.create(try subject.key("b"))
            try await fault.begin()
            let error = await subject.failure { () async throws(StoreError) in
                _ = try await subject.store.commit(
                    subject.newID(), [.create(key, value: [1], expiresAt: nil)], at: subject.now)
            }
            try await fault.end()
            let value = try await subject.value(key)
            try subject.expect(value == [1], "the fault did not let the commit land: it is another one")
            try subject.expect(error?.code == .outcomeUnknown, "it says \(error.map { "\($0.code)" } ?? "nothing")")
        },
        StoreConformanceCheck(7, "a lost reply never becomes a conflict of a commit with itself", fault: .replyLostOnce)
        { subject in
            let fault = try fault(.replyLostOnce, of: subject)
            let key = try subject.key("a")
            // So that there is a connection to be cut.
            try await subject.create(try subject.key("b"))
            try await fault.begin()
            let id = subject.newID()
            var outcome: CommitOutcome?
            let error = await subject.failure { () async throws(StoreError) in
                outcome = try await subject.store.commit(
                    id, [.create(key, value: [1], expiresAt: nil)], at: subject.now)
            }
            try await fault.end()
            try subject.expect(outcome != .conflict(at: 0), "it was told that it lost against itself")
            try subject.expect(error == nil || error?.code == .outcomeUnknown, "\(error?.description ?? "")")
            let version = try await subject.version(key)
            try subject.expect(version == id, "it is not there")
        },
        StoreConformanceCheck(7, "a reply that comes late is nobody's", fault: .lateReply) { subject in
            let fault = try fault(.lateReply, of: subject)
            let keys = try (0..<8).map { try subject.key("l\($0)") }
            for (index, key) in keys.enumerated() { try await subject.create(key, [UInt8(index)]) }
            try await fault.begin()
            _ = await subject.failure { () async throws(StoreError) in
                _ = try await subject.store.commit(
                    subject.newID(), [.remove(keys[0], at: nil)], at: subject.now)
            }
            _ = await subject.failure { () async throws(StoreError) in
                _ = try await subject.store.read([keys[1]], at: subject.now)
            }
            try await fault.end()
            for (index, key) in keys.enumerated().dropFirst(2) {
                let outcome = try await subject.commit(
                    .replace(key, at: subject.newID(), value: [0], expiresAt: nil))
                try subject.expect(outcome == .conflict(at: 0), "a wrong version was told \(outcome)")
                let value = try await subject.value(key)
                try subject.expect(value == [UInt8(index)], "another's record was read")
            }
        },
        StoreConformanceCheck(7, "where the caller was cancelled, unavailable still means that nothing happened") {
            subject in
            let keys = try (0..<60).map { try subject.key("c\($0)") }
            let denied = try await subject.inParallel(keys.count) { number -> RecordKey? in
                let task = Task { () -> StoreError? in
                    await subject.failure { () async throws(StoreError) in
                        _ = try await subject.store.commit(
                            subject.newID(), [.create(keys[number], value: [1], expiresAt: nil)], at: subject.now)
                    }
                }
                for _ in 0..<(number % 20) { await Task.yield() }
                task.cancel()
                return await task.value?.code == .unavailable ? keys[number] : nil
            }
            for _ in 0..<10 {
                for key in denied.compactMap({ $0 }) {
                    let value = try await subject.value(key)
                    try subject.expect(value == nil, "it landed, and was called unavailable")
                }
                try await Task.sleep(for: .milliseconds(10))
            }
        },
    ]
}
