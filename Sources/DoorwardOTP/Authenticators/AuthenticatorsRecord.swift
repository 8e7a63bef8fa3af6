// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// All authenticators of an account, in one record: one key to read, and one version that every accepted code replaces.
///
/// *Atomic:* a code is spent by replacing this record. Of concurrent presentations of one code, one commit lands; the
/// others see the step as used when they decide again.
package struct AuthenticatorsRecord: StoredValue, Hashable {
    package static let kind = RecordKind.authenticators
    package static let fieldCount = 2
    package static let limit = 5

    package struct Entry: Hashable, Sendable {
        package let id: AuthenticatorID
        package let label: String
        package let algorithm: OneTimePasswordAlgorithm
        package let digits: Int
        /// `nil` for HOTP.
        package let period: Int?
        /// The counter before which nothing is expected; 0 for TOTP.
        package let initial: UInt64
        /// The step or counter of the last accepted code.
        package var last: UInt64?
        /// How far the device's clock is known to be ahead, in steps; 0 for HOTP.
        package var offset: Int64 = 0
        package var sealedSecret: [UInt8]
        package var isActive: Bool
        /// The account's generation when the enrolment began; any other ends it.
        package let generation: UInt64
        package let createdAt: Timestamp
    }

    package let account: AccountID
    package var entries: [Entry] = []

    package init(account: AccountID) { self.account = account }

    package var active: [Entry] { entries.filter(\.isActive) }

    package init(from reader: inout CBORReader) throws(CBORError) {
        account = try reader.account()
        for _ in 0..<(try reader.array()) {
            try reader.array(count: 12)
            guard let id = AuthenticatorID(bytes: try reader.byteString()) else { throw CBORError(reason: "not an id") }
            let label = try reader.text()
            guard let algorithm = OneTimePasswordAlgorithm(rawValue: try reader.text()) else {
                throw CBORError(reason: "not an algorithm")
            }
            let digits = try reader.count(upTo: 8)
            let period = try reader.optional { reader throws(CBORError) in
                try reader.count(upTo: TOTP.periods.upperBound)
            }
            guard digits >= 6, period != 0 else { throw CBORError(reason: "out of range") }
            entries.append(
                Entry(
                    id: id, label: label, algorithm: algorithm, digits: digits, period: period,
                    initial: try reader.unsigned(),
                    last: try reader.optional { reader throws(CBORError) in try reader.unsigned() },
                    offset: try reader.integer(),
                    sealedSecret: try reader.byteString(), isActive: try reader.bool(),
                    generation: try reader.unsigned(), createdAt: try reader.timestamp()))
        }
    }

    package func encode(to writer: inout CBORWriter) {
        writer.account(account)
        writer.array(count: entries.count)
        for entry in entries {
            writer.array(count: 12)
            writer.byteString(entry.id.bytes)
            writer.text(entry.label)
            writer.text(entry.algorithm.rawValue)
            writer.unsigned(UInt64(entry.digits))
            writer.optional(entry.period) { $0.unsigned(UInt64($1)) }
            writer.unsigned(entry.initial)
            writer.optional(entry.last) { $0.unsigned($1) }
            writer.integer(entry.offset)
            writer.byteString(entry.sealedSecret)
            writer.bool(entry.isActive)
            writer.unsigned(entry.generation)
            writer.timestamp(entry.createdAt)
        }
    }
}

extension AuthenticatorsRecord.Entry {
    /// What may be known of it.
    package func facts(factorIsDisabled: Bool = false) -> Authenticator {
        let next = last.map { $0 == .max ? $0 : $0 + 1 } ?? initial
        return Authenticator(
            id: id, type: period.map { .totp(period: $0) } ?? .hotp(counter: next), label: label, algorithm: algorithm,
            digits: digits, status: !isActive ? .pending : factorIsDisabled ? .disabled : .active, createdAt: createdAt)
    }

    /// Judges a code; an accepted one is used up, and tells of the device's clock.
    package mutating func verify(_ code: String, secret: SharedSecret, at now: Timestamp) -> CodeVerification {
        guard let period else {
            return use(hotp(secret)?.verify(code, after: last, from: initial))
        }
        let totp = TOTP(secret: secret, algorithm: algorithm, digits: digits, period: period)
        let verdict = use(totp?.verify(code, after: last, at: now, offset: offset))
        if case .accepted(let step) = verdict, let totp { offset = totp.offset(of: step, at: now) }
        return verdict
    }

    /// Judges two codes that follow each other; accepted ones are used up.
    package mutating func resynchronize(_ first: String, _ second: String, secret: SharedSecret) -> CodeVerification {
        use(hotp(secret)?.resynchronize(first, second, after: last, from: initial))
    }

    private func hotp(_ secret: SharedSecret) -> HOTP? {
        period == nil ? HOTP(secret: secret, algorithm: algorithm, digits: digits) : nil
    }

    private mutating func use(_ verdict: CodeVerification?) -> CodeVerification {
        if case .accepted(let counter) = verdict { last = counter }
        return verdict ?? .rejected(.wrong)
    }
}
