// SPDX-License-Identifier: Apache-2.0

/// What all tokens have in common: base64url(partition 16 ‖ random 32) behind a prefix of their kind. The store keeps
/// SHA-256 of the random part alone. (ASVS V7.2.1 to V7.2.4)
package struct BearerToken: Sendable {
    private static let randomLength = 32

    package let partition: Partition
    /// SHA-256 of the random part: the id of the record.
    package let recordID: RecordID
    private let random: Secret

    package init(issuingIn partition: Partition, random source: some RandomSource) {
        self.init(partition: partition, random: Secret(copying: source.bytes(Self.randomLength)))
    }

    private init(partition: Partition, random: Secret) {
        self.partition = partition
        self.random = random
        recordID = RecordID(digesting: random)
    }

    fileprivate init?(_ text: String, prefix: String) {
        var text = text
        let token = text.withUTF8 { text -> BearerToken? in
            // 48 bytes are 64 characters without spare bits: a token has one spelling.
            guard text.count == prefix.utf8.count + 64, unsafe text.starts(with: prefix.utf8) else { return nil }
            return unsafe withUnsafeTemporaryAllocation(byteCount: 48, alignment: 8) { bytes in
                defer { unsafe wipe(bytes) }
                let symbols = unsafe UnsafeBufferPointer(rebasing: text[prefix.utf8.count...])
                guard unsafe Base64.urlSafe.decode(symbols, into: bytes) == 48,
                    let partition = unsafe Partition(bytes: bytes.prefix(16))
                else { return nil }
                let random = unsafe UnsafeRawBufferPointer(rebasing: bytes[16...])
                return unsafe BearerToken(partition: partition, random: Secret(copying: random))
            }
        }
        guard let token else { return nil }
        self = token
    }

    fileprivate func revealed(prefix: String) -> String {
        prefix + Base64.urlSafe.encode(partition.bytes + random.copyBytes())
    }
}

/// What a token is good for: a token of one kind is never taken for one of another.
public protocol TokenKind: Sendable {
    /// Four characters before the rest.
    static var prefix: String { get }
}

/// Something that whoever holds it may do something by: a prefix that tells its kind, and 64 characters. Secret.
public struct Token<Kind: TokenKind>: Redacted, Sendable {
    package let bearer: BearerToken

    /// `nil` unless the text has exactly the form of a token of this kind.
    public init?(_ text: String) {
        guard let bearer = BearerToken(text, prefix: Kind.prefix) else { return nil }
        self.bearer = bearer
    }

    package init(bearer: BearerToken) { self.bearer = bearer }

    /// The token as text, to be handed to whom it is for and nobody else.
    public func revealed() -> String { bearer.revealed(prefix: Kind.prefix) }
}
