// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// A code that the application sends: eight digits, for ten minutes, once. It proves an address; it is no factor.
public struct DeliveredCode: Redacted, Sendable {
    package static let lifetime: Duration = .seconds(600)
    private static let digits = 8

    private let text: Secret

    package init(from random: some RandomSource) {
        // 2^64 is no multiple of 10^8, but what is left over is less than one part in 10^11.
        let number = random.bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % 100_000_000
        let digits = String(number)
        text = Secret(copying: (String(repeating: "0", count: Self.digits - digits.utf8.count) + digits).utf8)
    }

    /// Spaces between the digits are ignored. `nil` for what has not the form of a code.
    public init?(_ typed: String) {
        guard typed.utf8.count <= 32 else { return nil }
        let digits = typed.utf8.filter { $0 != UInt8(ascii: " ") }
        guard digits.count == Self.digits, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        text = Secret(copying: digits)
    }

    package var bytes: [UInt8] { text.copyBytes() }

    /// As it is sent.
    public func revealed() -> String { String(decoding: text.copyBytes(), as: UTF8.self) }
}
