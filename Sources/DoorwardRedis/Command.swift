// SPDX-License-Identifier: Apache-2.0

#if Redis
import DoorwardCore

/// A command as Redis reads it: an array of bulk strings (RESP).
struct Command {
    private(set) var count = 0
    /// The arguments.
    private(set) var body: [UInt8] = []

    init(_ words: String...) {
        body.reserveCapacity(160)
        for word in words { add(word.utf8) }
    }

    init(_ verb: String, records keys: [RecordKey]) {
        self.init(verb)
        for key in keys { add(Layout.record(key)) }
    }

    /// Calls a script by its hash; its arguments are then added.
    init(calling script: [UInt8], keys: [[UInt8]]) {
        self.init("EVALSHA")
        add(script)
        add("\(keys.count)".utf8)
        for key in keys { add(key) }
    }

    mutating func add(_ argument: some Collection<UInt8>) {
        count += 1
        Self.head("$", argument.count, onto: &body)
        body += argument
        body += Self.lineEnd
    }

    /// What comes before the arguments.
    var head: [UInt8] {
        var head: [UInt8] = []
        Self.head("*", count, onto: &head)
        return head
    }

    private static let lineEnd: [UInt8] = [0x0D, 0x0A]

    private static func head(_ sort: Unicode.Scalar, _ count: Int, onto bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: sort))
        bytes += String(count).utf8
        bytes += lineEnd
    }
}
#endif
