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

    package init?(_ text: String, prefix: String) {
        // 48 bytes are 64 characters without spare bits: a token has one spelling.
        guard text.utf8.count == prefix.utf8.count + 64, text.utf8.starts(with: prefix.utf8),
            let bytes = Base64.urlSafe.decode(Array(text.utf8)[prefix.utf8.count...]), bytes.count == 48,
            let partition = Partition(bytes: bytes.prefix(16))
        else { return nil }
        self.init(partition: partition, random: Secret(copying: bytes.suffix(Self.randomLength)))
    }

    package func revealed(prefix: String) -> String {
        prefix + Base64.urlSafe.encode(partition.bytes + random.copyBytes())
    }
}
