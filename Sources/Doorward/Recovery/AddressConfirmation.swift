// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import DoorwardLockout
import DoorwardOTP
import DoorwardSessions

extension Gatekeeper {
    /// Sends a code to an address, which shows that it is the account's owner's.
    ///
    /// The code is good for ten minutes, in this session and for this address alone. Three go out in a quarter of an hour.
    ///
    /// - Parameter address: Whatever the service's sender understands: 1 to 254 bytes, in one word.
    /// - Returns: Done; refused for what is no address, or too many sends.
    public func requestAddressConfirmation(_ fresh: FreshAuthentication, _ address: String)
        async throws(GatekeeperError) -> ProtectedOutcome<AccountID>
    {
        try await flow {
            let sender = try sender()
            guard Self.isPlain(address) else { return .refused([.badAddress]) }
            let code = DeliveredCode(from: environment.random)
            let outcome: ProtectedOutcome<OutgoingMessage> = try await transact(
                fresh, alsoReading: [DeliveryPurpose.address.key(in: fresh.partition)]
            ) { work, live, now throws(StoreError) in
                let record = live.account
                work.require(.accounts)
                let isIssued = try DeliveryRules.issue(
                    digest(of: code, for: address, live.id), for: .address, to: record.account.bytes,
                    generation: record.generation, lifetime: DeliveredCode.lifetime, in: &work, at: now)
                guard isIssued else { return .refused([.tooManyMessages]) }
                return .done(
                    OutgoingMessage(
                        content: .addressConfirmation(code), address: address, name: record.name,
                        account: record.account, expiresAt: now.advanced(by: DeliveredCode.lifetime)))
            }
            switch outcome {
            case .done(let message):
                report(.addressRequested, fresh.account, session: fresh.session)
                send(message, by: sender)
                return .done(fresh.account)
            case .denied(let denial): return .denied(denial)
            case .refused(let violations): return .refused(violations)
            case .notFound: return .notFound
            case .reauthenticationRequired: return .reauthenticationRequired
            }
        }
    }

    /// Takes an address for the account's, by the code that was sent to it. *Accept once*, within the attempt budget of
    /// delivered codes; five wrong ones end the code. Tokens that were sent to the address before end, and pending sign-ins.
    public func confirmAddress(_ token: SessionToken, _ address: String, code: String)
        async throws(GatekeeperError) -> ProtectedOutcome<AccountID>
    {
        try await flow {
            let id = SessionID(token.bearer.recordID)
            let partition = token.bearer.partition
            let more = [DeliveryPurpose.address.key(in: partition), ContactRecord.key(in: partition)]
            var formerAddress: String?
            let (outcome, judgement, account): (ProtectedOutcome<AccountID>, CodeJudgement?, AccountID?) =
                try await transact(session: id, in: partition, alsoReading: more) {
                    work, live, now throws(StoreError) in
                    guard var record = live?.account else { return (.reauthenticationRequired, nil, nil) }
                    work.require(.accounts)
                    work.require(.sessions, id.record)
                    let typed = DeliveredCode(code)
                    let judgement = try counting(.delivered, of: record.account, by: nil, in: &work, at: now) {
                        work throws(StoreError) in
                        guard let typed else { return .rejected(.malformed) }
                        let isGood = try DeliveryRules.redeem(
                            digest(of: typed, for: address, id), for: .address, to: record.account.bytes,
                            generation: record.generation, in: &work, at: now)
                        return isGood ? .accepted(counter: 0) : .rejected(.wrong)
                    }
                    switch judgement {
                    case .rejected(let denial, _, _), .locked(let denial):
                        return (.denied(denial), judgement, record.account)
                    case .accepted:
                        formerAddress = try? self.address(of: record, attempted(record.account), in: work)
                        // What was sent to the address before is worth nothing any more.
                        record.raiseGeneration()
                        work.put(record)
                        work.put(
                            try ContactRecord(
                                account: record.account, address: address, in: work.partition, environment))
                        return (.done(record.account), judgement, record.account)
                    }
                }
            if let judgement, let account { report(judgement, account) }
            if case .done = outcome {
                FlowReport.current?.note(formerAddress: formerAddress)
                report(.userChanged, account, session: id, reason: .addressConfirmed)
            }
            return outcome
        }
    }

    /// The confirmed address of the session's account; `nil` if there is none, or the session is over.
    public func address(of token: SessionToken) async throws(GatekeeperError) -> String? {
        try await flow {
            let partition = token.bearer.partition
            return try await transact(
                session: SessionID(token.bearer.recordID), in: partition,
                alsoReading: [ContactRecord.key(in: partition)]
            ) { work, live, _ throws(StoreError) in
                guard let record = live?.account else { return nil }
                return try address(of: record, attempted(record.account), in: work)
            }
        }
    }

    private func digest(of code: DeliveredCode, for address: String, _ session: SessionID) -> [UInt8] {
        environment.digest(ofCode: [
            Array(DeliveryPurpose.address.rawValue.utf8), session.record.bytes, Array(address.utf8), code.bytes,
        ])
    }

    /// Whether a text can be one address, and cannot be taken for an option, a header or several addresses by whatever
    /// sends to it.
    static func isPlain(_ address: String) -> Bool {
        let strange: Set<Unicode.GeneralCategory> = [
            .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .unassigned, .privateUse,
        ]
        return (1...254).contains(address.utf8.count) && !address.hasPrefix("-")
            && !address.unicodeScalars.contains {
                strange.contains($0.properties.generalCategory) || ",;<>\"".unicodeScalars.contains($0)
            }
    }
}

extension PasswordViolation {
    static let badAddress = PasswordViolation(
        code: "address.malformed",
        message: "An address is one word of 1 to 254 bytes, without commas, quotes or angle brackets.")
    static let tooManyMessages = PasswordViolation(
        code: "address.tooManyMessages", message: "Three messages were sent already; try again in a quarter of an hour."
    )
}

extension SecurityEvent.Name {
    /// Somebody says that an address is theirs.
    public static let addressRequested = Self(rawValue: "user_address_request")
}

extension SecurityEvent.Reason {
    static let addressConfirmed = Self(rawValue: "address_confirmed")
}
