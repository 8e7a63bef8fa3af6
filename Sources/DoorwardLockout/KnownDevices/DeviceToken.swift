// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// What a browser holds to show that its account's owner has signed in with it before.
///
/// It signs nobody in. It has the budget of wrong guesses to itself, so that strangers who guess cannot lock it out.
public typealias DeviceToken = Token<DeviceTokenKind>

public enum DeviceTokenKind: TokenKind { public static var prefix: String { "dwd_" } }

extension Token<DeviceTokenKind> {
    /// What it is known by.
    package var id: DeviceID { DeviceID(cutting: bearer.recordID) }
}

/// A known device's public name: 32 lower-case hexadecimal digits. Not secret, and no use as a token.
public struct DeviceID: Hashable, Sendable, CustomStringConvertible {
    static let length = 16
    package let bytes: [UInt8]

    /// `nil` unless there are 16 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        self.bytes = bytes
    }

    /// Half of the digest of a token's random part.
    fileprivate init(cutting digest: RecordID) { bytes = Array(digest.bytes.prefix(Self.length)) }

    /// `nil` unless the text is 32 lower-case hexadecimal digits.
    public init?(_ text: String) {
        guard text.utf8.count == 2 * Self.length, let bytes = Hex.decode(text) else { return nil }
        self.init(bytes: bytes)
    }

    public var description: String { Hex.encode(bytes) }
}
