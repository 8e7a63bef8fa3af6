// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// A sign-in that needs one more step: bound to its account as it was, used once, for ten minutes, five wrong codes.
package struct PendingSignInRecord: StoredValue, Hashable {
    package static let kind = RecordKind.pendingSignIns
    package static let fieldCount = 9
    package static let lifetime: Duration = .seconds(600)
    package static let wrongCodes = 5

    package enum Need: Int, Hashable, Sendable {
        case secondFactor = 1, enrollment = 2, newPassword = 3
    }

    package let account: AccountID
    /// The account's generation when it began; any change of credentials ends it.
    package let generation: UInt64
    package let need: Need
    package let proof: SessionProof
    package let createdAt: Timestamp
    /// The known device that it was begun with.
    package let device: [UInt8]?
    package var wrongCodes = 0

    package init(
        account: AccountID, generation: UInt64, need: Need, proof: SessionProof, createdAt: Timestamp,
        device: [UInt8]? = nil
    ) {
        self.account = account
        self.generation = generation
        self.need = need
        self.proof = proof
        self.createdAt = createdAt
        self.device = device
    }

    package func expiresAt(_ now: Timestamp) -> Timestamp { min(createdAt, now).advanced(by: Self.lifetime) }

    /// Whether it still holds for the account as it is.
    package func isGood(for account: AccountRecord?, at now: Timestamp) -> Bool {
        guard let account, !account.isDisabled else { return false }
        return account.account == self.account && account.generation == generation && now < expiresAt(now)
            && createdAt.isCredible(at: now)
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
        account = try reader.account()
        generation = try reader.unsigned()
        guard let need = Need(rawValue: try reader.count(upTo: 255)) else { throw CBORError(reason: "not a need") }
        self.need = need
        let methods = try MethodList(from: &reader).all
        proof = SessionProof(
            methods: methods,
            passwordAt: try reader.optionalTimestamp(),
            codeAt: try reader.optionalTimestamp())
        createdAt = try reader.timestamp()
        device = try reader.optional { reader throws(CBORError) in try reader.byteString(count: 16) }
        wrongCodes = try reader.count(upTo: Self.wrongCodes)
    }

    package func encode(to writer: inout CBORWriter) {
        writer.account(account)
        writer.unsigned(generation)
        writer.unsigned(UInt64(need.rawValue))
        MethodList(proof.methods).encode(to: &writer)
        writer.optional(proof.passwordAt) { $0.timestamp($1) }
        writer.optional(proof.codeAt) { $0.timestamp($1) }
        writer.timestamp(createdAt)
        writer.optional(device) { $0.byteString($1) }
        writer.unsigned(UInt64(wrongCodes))
    }
}
