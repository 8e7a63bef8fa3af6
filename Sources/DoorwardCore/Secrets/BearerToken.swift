// SPDX-License-Identifier: Apache-2.0

/// What all tokens have in common: base64url(partition 16 ‖ random 32) behind a prefix of their kind. The store keeps
/// SHA-256 of the random part alone. (ASVS V7.2.1 to V7.2.4)
package struct BearerToken: Redacted, Sendable {
    private static let randomLength = 32

    package let partition: Partition
    /// SHA-256 of the random part: the id of the record.
    package let recordID: RecordID
    private let origin: Origin

    private enum Origin: Sendable {
        case issued(random: Secret)
        /// The caller's own text: one copy less that would have to be wiped.
        case shown(String)
    }

    package init(issuingIn partition: Partition, random source: some RandomSource) {
        let random = Secret(copying: source.bytes(Self.randomLength))
        self.partition = partition
        recordID = RecordID(digesting: random)
        origin = .issued(random: random)
    }

    fileprivate init?(_ text: String, prefix: String) {
        var (native, prefix) = (text, prefix)
        let name = native.withUTF8 { text in
            prefix.withUTF8 { prefix in unsafe Self.name(of: text, prefix: prefix) }
        }
        guard let (partition, recordID) = name else { return nil }
        self.partition = partition
        self.recordID = recordID
        origin = .shown(native)
    }

    /// Where what a text names is, if it has the form of a token.
    private static func name(of text: UnsafeBufferPointer<UInt8>, prefix: UnsafeBufferPointer<UInt8>)
        -> (Partition, RecordID)?
    {
        // 48 bytes are 64 characters without spare bits: a token has one spelling.
        guard text.count == prefix.count + 64 else { return nil }
        for place in prefix.indices where unsafe text[place] != prefix[place] { return nil }
        return unsafe withUnsafeTemporaryAllocation(byteCount: 16 + randomLength, alignment: 8) { bytes in
            defer { unsafe wipe(bytes) }
            let symbols = unsafe UnsafeBufferPointer(rebasing: text[prefix.count...])
            guard unsafe Base64.urlSafe.decode(symbols, into: bytes) == bytes.count,
                let partition = unsafe Partition(bytes: bytes.prefix(16))
            else { return nil }
            return unsafe (partition, RecordID(digesting: UnsafeRawBufferPointer(rebasing: bytes[16...])))
        }
    }

    fileprivate func revealed(prefix: String) -> String {
        switch origin {
        case .issued(let random): prefix + Base64.urlSafe.encode(partition.bytes + random.copyBytes())
        case .shown(let text): text
        }
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
