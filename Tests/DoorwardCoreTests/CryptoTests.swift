// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import Testing

@Suite struct CryptoTests {
    @Test func framedFieldsNeverJoinToTheSameBytes() {
        let lists: [[[UInt8]]] = [[], [[]], [[], []], [[1], [2]], [[1, 2]], [[1, 2], []], [[], [1, 2]]]
        #expect(Set(lists.map(framed)).count == lists.count)
    }

    @Test func comparingTellsEqualFromDifferentAtEveryPosition() {
        let bytes = [UInt8](0..<40)
        #expect(Secret(copying: bytes).matches(Secret(copying: bytes)))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 0x80
            #expect(!Secret(copying: bytes).matches(Secret(copying: other)))
        }
        #expect(!Secret(copying: bytes).matches(Secret(copying: bytes.dropLast())))
        #expect(Secret(copying: []).matches(Secret(copying: [])))
    }

    @Test func systemRandomBytesHaveTheLengthAskedForAndDiffer() {
        let random = SystemRandomSource()
        for length in [0, 1, 16, 32, 255, 257, 70_000] { #expect(random.bytes(length).count == length) }
        #expect(Set((0..<1000).map { _ in random.bytes(16) }).count == 1000)
    }
}
