// SPDX-License-Identifier: Apache-2.0

#if Redis
import DoorwardCore

/// A command as Redis reads it: an array of bulk strings (RESP).
struct Command {
    /// The arguments, behind room for what goes before them.
    private var storage: [UInt8]
    private var count = 0
    private static let room = 24

    init(_ words: String...) {
        self.init(capacity: 160)
        for word in words { add(word.utf8) }
    }

    init(_ verb: String, records keys: [RecordKey]) {
        self.init(capacity: 40 + keys.count * 120)
        add(verb.utf8)
        for key in keys {
            count += 1
            storage.append(UInt8(ascii: "$"))
            Self.append(Layout.length(ofRecord: key), to: &storage)
            Layout.append(record: key, to: &storage)
            storage += Self.lineEnd
        }
    }

    /// Calls a script by its hash; its arguments are then added.
    init(calling script: Script, keys: [[UInt8]]) {
        self.init("EVALSHA")
        add(script.hash)
        add("\(keys.count)".utf8)
        for key in keys { add(key) }
    }

    private init(capacity: Int) {
        storage = []
        storage.reserveCapacity(capacity)
        storage.append(contentsOf: repeatElement(0, count: Self.room))
    }

    mutating func add(_ argument: some Collection<UInt8>) {
        count += 1
        storage.append(UInt8(ascii: "$"))
        Self.append(argument.count, to: &storage)
        storage += argument
        storage += Self.lineEnd
    }

    /// All of it, without a copy.
    consuming func bytes() -> ArraySlice<UInt8> {
        let start = putHead()
        return storage[start...]
    }

    /// Puts all of it behind other commands.
    mutating func append(to bytes: inout [UInt8]) {
        let start = putHead()
        bytes += storage[start...]
    }

    /// About how many bytes it has.
    var length: Int { storage.count }

    /// - Returns: Where the command begins.
    private mutating func putHead() -> Int {
        var start = Self.room - Self.lineEnd.count
        storage.replaceSubrange(start..<Self.room, with: Self.lineEnd)
        var left = count
        repeat {
            start -= 1
            storage[start] = UInt8(ascii: "0") + UInt8(left % 10)
            left /= 10
        } while left > 0
        start -= 1
        storage[start] = UInt8(ascii: "*")
        return start
    }

    private static let lineEnd: [UInt8] = [0x0D, 0x0A]

    /// A length, and the end of its line.
    private static func append(_ length: Int, to bytes: inout [UInt8]) {
        if length < 1000 {
            // Nearly all: no text has to be made of it.
            if length >= 100 { bytes.append(UInt8(ascii: "0") + UInt8(length / 100)) }
            if length >= 10 { bytes.append(UInt8(ascii: "0") + UInt8(length / 10 % 10)) }
            bytes.append(UInt8(ascii: "0") + UInt8(length % 10))
        } else {
            bytes += String(length).utf8
        }
        bytes += lineEnd
    }
}
#endif
