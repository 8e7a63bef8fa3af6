// SPDX-License-Identifier: Apache-2.0

#if Redis
import DoorwardCore

/// A command as Redis reads it: an array of bulk strings (RESP).
struct Command {
    private var count = 0
    /// The arguments.
    private var body: [UInt8] = []

    init(_ words: String...) {
        body.reserveCapacity(160)
        for word in words { add(word.utf8) }
    }

    init(_ verb: String, records keys: [RecordKey]) {
        self.init(verb)
        if keys.count > 1 { body.reserveCapacity(keys.count * 120) }
        for key in keys {
            count += 1
            Self.head("$", Layout.length(ofRecord: key), onto: &body)
            Layout.append(record: key, to: &body)
            body += Self.lineEnd
        }
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

    /// At least as many bytes as it has.
    var length: Int { body.count + 24 }

    func append(to bytes: inout [UInt8]) {
        Self.head("*", count, onto: &bytes)
        bytes += body
    }

    private static let lineEnd: [UInt8] = [0x0D, 0x0A]

    private static func head(_ sort: Unicode.Scalar, _ count: Int, onto bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: sort))
        if count < 1000 {
            // Nearly all: no text has to be made of it.
            if count >= 100 { bytes.append(UInt8(ascii: "0") + UInt8(count / 100)) }
            if count >= 10 { bytes.append(UInt8(ascii: "0") + UInt8(count / 10 % 10)) }
            bytes.append(UInt8(ascii: "0") + UInt8(count % 10))
        } else {
            bytes += String(count).utf8
        }
        bytes += lineEnd
    }
}
#endif
