// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import Testing

@Suite struct WorkingSetTests {
    private func workingSet() throws -> (work: WorkingSet, key: RecordKey, version: CommitID) {
        let partition = try #require(Partition(bytes: [UInt8](repeating: 1, count: 16)))
        let id = try #require(RecordID([1]))
        let key = RecordKey(.sessions, in: partition, id: id)
        let version = CommitID(from: SystemRandomSource())
        let record = StoredRecord(key: key, value: [], version: version, expiresAt: nil)
        return (WorkingSet(partition: partition, keys: [key], records: [record]), key, version)
    }

    @Test func removingWhateverIsThereKeepsAConditionThatWasMadeBefore() throws {
        let (start, key, version) = try workingSet()
        var work = start
        work.removeAny(.sessions, key.id)
        #expect(work.changes == [.remove(key, at: nil)])
        work = start
        work.require(.sessions, key.id)
        work.removeAny(.sessions, key.id)
        #expect(work.changes == [.remove(key, at: version)])
        work = start
        work.remove(.sessions, key.id)
        work.removeAny(.sessions, key.id)
        #expect(work.changes == [.remove(key, at: version)])
    }

    @Test func requiringWritesNothingAndDoesNotWeakenAChange() throws {
        let (start, key, version) = try workingSet()
        var work = start
        work.require(.sessions, key.id)
        #expect(!work.writes && work.changes == [.require(key, at: version)])
        work = start
        work.remove(.sessions, key.id)
        work.require(.sessions, key.id)
        #expect(work.writes && work.changes == [.remove(key, at: version)])
    }
}
