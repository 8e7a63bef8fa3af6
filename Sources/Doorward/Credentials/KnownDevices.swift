// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
public import DoorwardLockout
import DoorwardOTP
public import DoorwardSessions

/// Browsers that an account's owner has signed in with: strangers who guess cannot lock them out.
extension Gatekeeper {
    /// Remembers the browser of a session. Keep the token in a cookie of its own, for as long as the browser lets you, and
    /// hand it to ``signIn(_:password:from:device:replacing:)``: wrong guesses from it are counted by themselves, so that a
    /// lock that others brought about does not hold it up. At most twenty an account; the one that was used longest ago goes.
    ///
    /// *Trusted*, it stands in for the second factor as long as ``GatekeeperConfiguration/deviceTrust`` says, and until
    /// anything ends the account's other sessions. What it signs in is a session of level 1, which is asked for a code before
    /// anything that level 2 is needed for. (ASVS V6.3.3; NIST SP 800-63B-4 §§ 3.2.2, 5.1)
    ///
    /// - Parameters:
    ///   - label: What its owner calls it: at most 64 bytes of plain text.
    ///   - old: What the browser holds already: it is forgotten.
    ///   - trusting: Only with level 2, and where the service allows it.
    /// - Returns: Refused for a label that is none, or for trust that may not be had.
    public func rememberDevice(
        _ fresh: FreshAuthentication, label: String = "", replacing old: DeviceToken? = nil, trusting: Bool = false
    ) async throws(GatekeeperError) -> ProtectedOutcome<DeviceToken> {
        try await flow {
            guard label.isPlainLabel else { return .refused([.badLabel]) }
            let outcome: ProtectedOutcome<DeviceToken> = try await transact(fresh) {
                work, live, now throws(StoreError) in
                let mayTrust = deviceTrust != nil && live.session.proof.level == .aal2
                guard !trusting || mayTrust else { return .refused([.noTrust]) }
                work.require(.accounts)
                let account = live.account.account
                var devices = try devices(of: account, in: work) ?? DevicesRecord(account: account)
                let token = DeviceToken(bearer: BearerToken(issuingIn: work.partition, random: environment.random))
                if let old { devices.forget(old.id) }
                devices.remember(
                    token.id, label: label, trustedGeneration: trusting ? live.account.generation : nil, at: now)
                work.put(devices)
                return .done(token)
            }
            if case .done = outcome {
                report(
                    .userChanged, fresh.account, session: fresh.session,
                    reason: trusting ? .deviceTrusted : .deviceRemembered)
            }
            return outcome
        }
    }

    /// The known devices of the session's account, oldest first; `nil` if the session is over.
    public func devices(of token: SessionToken) async throws(GatekeeperError) -> [KnownDevice]? {
        try await flow {
            try await transact(session: SessionID(token.bearer.recordID), in: token.bearer.partition) {
                work, live, now throws(StoreError) in
                guard let record = live?.account else { return nil }
                return try devices(of: record.account, in: work)?
                    .facts(generation: record.generation, lifetime: deviceTrust, at: now) ?? []
            }
        }
    }

    /// Forgets known devices of the session's account, and with them the trust in them. Sessions that they opened go on.
    ///
    /// - Parameter id: Which one; `nil`: all.
    /// - Returns: How many were forgotten, 0 for an id that is unknown or not theirs; `nil` if the session is over.
    public func forgetDevices(_ token: SessionToken, _ id: DeviceID? = nil) async throws(GatekeeperError) -> Int? {
        try await flow {
            let session = SessionID(token.bearer.recordID)
            let (forgotten, account): (Int?, AccountID?) = try await transact(
                session: session, in: token.bearer.partition
            ) { work, live, now throws(StoreError) in
                guard let account = live?.account.account else { return (nil, nil) }
                guard var devices = try devices(of: account, in: work) else { return (0, account) }
                let before = devices.count(at: now)
                if let id { devices.forget(id) } else { devices = DevicesRecord(account: account) }
                guard devices.count(at: now) < before else { return (0, account) }
                work.require(.accounts)
                work.require(.sessions, session.record)
                work.put(devices)
                return (before - devices.count(at: now), account)
            }
            if forgotten ?? 0 > 0 { report(.userChanged, account, session: session, reason: .deviceForgotten) }
            return forgotten
        }
    }

    /// How long trust in a device lasts; none where every sign-in needs a second factor.
    private var deviceTrust: Duration? { configuration.requiresSecondFactor ? nil : configuration.deviceTrust }

    func devices(of account: AccountID, in work: WorkingSet) throws(StoreError) -> DevicesRecord? {
        guard let record = try work.load(DevicesRecord.self) else { return nil }
        guard record.account == account else { throw StoreError(.corrupt, "devices of another account") }
        return record
    }

    /// What a browser shows, if it is a device that the account knows: one of another account, or of nobody, is as good as
    /// none.
    func known(_ token: DeviceToken?, of account: AccountID, in work: WorkingSet, at now: Timestamp)
        throws(StoreError) -> DeviceID?
    {
        guard let token, token.bearer.partition == work.partition else { return nil }
        return try known(token.id.bytes, of: account, in: work, at: now)
    }

    /// The same for one that a pending sign-in was begun with.
    func known(_ bytes: [UInt8]?, of account: AccountID, in work: WorkingSet, at now: Timestamp)
        throws(StoreError) -> DeviceID?
    {
        guard let id = bytes.flatMap({ DeviceID(bytes: $0) }),
            try devices(of: account, in: work)?.knows(id, at: now) == true
        else { return nil }
        return id
    }

    /// Whether a device stands in for the second factor.
    func isTrusted(_ device: DeviceID?, of record: AccountRecord, in work: WorkingSet, at now: Timestamp)
        throws(StoreError) -> Bool
    {
        guard let device else { return false }
        return try devices(of: record.account, in: work)?
            .trusts(device, generation: record.generation, lifetime: deviceTrust, at: now) ?? false
    }

    /// Notes that a device was signed in with.
    ///
    /// - Returns: Whether it is one that the account knows, or the account knows none.
    func touch(_ device: DeviceID?, of account: AccountID, in work: inout WorkingSet, at now: Timestamp)
        throws(StoreError) -> Bool
    {
        guard var devices = try devices(of: account, in: work) else { return true }
        guard let device else { return devices.count(at: now) == 0 }
        devices.touch(device, at: now)
        work.put(devices)
        return true
    }
}

extension PasswordViolation {
    static let badLabel = PasswordViolation(
        code: "device.label", message: "A label has at most 64 bytes of plain text.")
    static let noTrust = PasswordViolation(
        code: "device.noTrust",
        message: "Only whoever has just shown a second factor can trust a device, where the service allows it.")
}

extension SecurityEvent.Reason {
    static let deviceRemembered = Self(rawValue: "device_remembered")
    static let deviceTrusted = Self(rawValue: "device_trusted")
    static let deviceForgotten = Self(rawValue: "device_forgotten")
}
