// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// A session as stored, under SHA-256 of its token's random part.
package struct SessionRecord: StoredValue, Hashable {
    package static let kind = RecordKind.sessions
    package static let fieldCount = 8

    package let account: AccountID
    package let level: AssuranceLevel
    package let methods: MethodList
    package let createdAt: Timestamp
    package var lastSeenAt: Timestamp
    package let expiresAt: Timestamp
    /// When this session's holder last showed the password, and a one-time or recovery code.
    package let passwordAt: Timestamp?
    package let codeAt: Timestamp?

    package init(account: AccountID, level: AssuranceLevel, proof: SessionProof, createdAt: Timestamp) {
        self.account = account
        self.level = level
        methods = MethodList(proof.methods)
        self.createdAt = createdAt
        lastSeenAt = createdAt
        expiresAt = createdAt.advanced(byMilliseconds: SessionPolicy.limits(level).absoluteMilliseconds)
        passwordAt = proof.passwordAt
        codeAt = proof.codeAt
    }

    package var proof: SessionProof { SessionProof(methods: methods.all, passwordAt: passwordAt, codeAt: codeAt) }

    /// The facts, or `nil` from the millisecond on at which either limit is reached.
    ///
    /// A session from further in the future than clocks may differ is over: it would live until then, and on. Within
    /// that difference, times that lie ahead give no more life than now.
    package func session(_ id: SessionID, at now: Timestamp) -> Session? {
        guard createdAt.isCredible(at: now) else { return nil }
        let limits = SessionPolicy.limits(level)
        let end = min(expiresAt, min(createdAt, now).advanced(byMilliseconds: limits.absoluteMilliseconds))
        let idleEnd = min(end, min(lastSeenAt, now).advanced(byMilliseconds: limits.idleMilliseconds))
        guard now < idleEnd else { return nil }
        return Session(
            id: id, account: account, level: level, shown: methods, createdAt: createdAt, lastSeenAt: lastSeenAt,
            expiresAt: end, idleExpiresAt: idleEnd)
    }

    /// When the store may forget it.
    package var storeExpiry: Timestamp {
        min(expiresAt, lastSeenAt.advanced(byMilliseconds: SessionPolicy.limits(level).idleMilliseconds))
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
        account = try reader.account()
        guard let level = AssuranceLevel(rawValue: try reader.count(upTo: 3)) else {
            throw CBORError(reason: "not an assurance level")
        }
        self.level = level
        methods = try MethodList(from: &reader)
        createdAt = try reader.timestamp()
        lastSeenAt = try reader.timestamp()
        expiresAt = try reader.timestamp()
        passwordAt = try reader.optionalTimestamp()
        codeAt = try reader.optionalTimestamp()
    }

    package func encode(to writer: inout CBORWriter) {
        writer.account(account)
        writer.unsigned(UInt64(level.rawValue))
        methods.encode(to: &writer)
        writer.timestamp(createdAt)
        writer.timestamp(lastSeenAt)
        writer.timestamp(expiresAt)
        writer.optional(passwordAt) { $0.timestamp($1) }
        writer.optional(codeAt) { $0.timestamp($1) }
    }
}

/// What a session's holder proved, and when.
package struct SessionProof: Hashable, Sendable {
    package var methods: [AuthenticationMethod]
    package var passwordAt: Timestamp?
    package var codeAt: Timestamp?

    package init(methods: [AuthenticationMethod], passwordAt: Timestamp? = nil, codeAt: Timestamp? = nil) {
        self.methods = methods
        self.passwordAt = passwordAt
        self.codeAt = codeAt
    }

    /// Two different factors make AAL2.
    package var level: AssuranceLevel { passwordAt != nil && codeAt != nil ? .aal2 : .aal1 }

    /// The proof with one more method, shown at that time.
    package func adding(_ method: AuthenticationMethod, at now: Timestamp) -> SessionProof {
        var proof = self
        if !proof.methods.contains(method) { proof.methods.append(method) }
        if method == .password { proof.passwordAt = now } else { proof.codeAt = now }
        return proof
    }
}
