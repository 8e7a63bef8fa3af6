// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore
import DoorwardSessions

/// Something that an account's owner should hear of, because it may not have been they. (ASVS V6.3.5, V6.3.7; NIST SP
/// 800-63B-4 §§ 4.2.3, 4.6)
public struct AccountNotice: Redacted, Sendable {
    @nonexhaustive
    public enum Kind: String, Hashable, Sendable {
        /// A sign-in from a browser that is none of those the account knows, though it knows some.
        case newDevice
        /// A right password or code after five or more failures in a row, whoever they were made by.
        case successAfterFailures
        /// A hundred failures in a row: the factor is disabled until it is bound anew.
        case factorDisabled
        /// Changed, or set by a reset.
        case passwordChanged
        case authenticatorAdded
        case authenticatorRemoved
        case recoveryCodesMade
        case recoveryCodeUsed
        case deviceRemembered
        /// It stands in for the second factor.
        case deviceTrusted
        case devicesForgotten
        /// The password was right, and then five codes were wrong: somebody may have the password.
        case secondFactorFailed
        /// Goes to the former address too.
        case addressChanged
        case accountClosed
    }

    public let kind: Kind
    public let account: AccountID
    /// `nil` where the service keeps names.
    public let name: String?
    /// The confirmed address, and one that was confirmed until now. The service may know more: all should be told.
    public let addresses: [String]
    public let at: Timestamp
    /// Where the request came from, if the service said.
    public let source: ClientAddress?

    package init(
        kind: Kind, account: AccountID, name: String?, addresses: [String], at: Timestamp, source: ClientAddress?
    ) {
        self.kind = kind
        self.account = account
        self.name = name
        self.addresses = addresses
        self.at = at
        self.source = source
    }
}

/// Tells account owners what they should hear of, by mail or whatever reaches them.
///
/// It is called beside the request, like a ``MessageSender`` and under the same terms. It never holds a secret.
public protocol Notifier: Sendable {
    func notify(_ notice: AccountNotice) async throws
}

extension AccountNotice.Kind {
    /// What an event is to the account's owner, if anything.
    init?(_ event: SecurityEvent) {
        switch (event.name, event.reason) {
        case (.loginFromNewDevice, _): self = .newDevice
        case (.loginFailed, .tooManyWrongCodes?): self = .secondFactorFailed
        case (.loginSucceededAfterFailures, _): self = .successAfterFailures
        case (.loginFailedMaximum, _): self = .factorDisabled
        case (.passwordChanged, .firstPassword?): return nil
        case (.passwordChanged, _): self = .passwordChanged
        case (.factorAdded, .recoveryCodesMade?): self = .recoveryCodesMade
        case (.factorAdded, _): self = .authenticatorAdded
        case (.factorRemoved, .recoveryCodeUsed?): self = .recoveryCodeUsed
        case (.factorRemoved, .unconfirmed?): return nil
        case (.factorRemoved, _): self = .authenticatorRemoved
        case (.userChanged, .deviceTrusted?): self = .deviceTrusted
        case (.userChanged, .addressConfirmed?): self = .addressChanged
        case (.userChanged, .deviceRemembered?): self = .deviceRemembered
        case (.userChanged, .deviceForgotten?): self = .devicesForgotten
        case (.userDeleted, _): self = .accountClosed
        default: return nil
        }
    }
}

extension Gatekeeper {
    /// Tells owners, beside the request, what a flow did to their accounts.
    func notify(of events: [SecurityEvent], _ report: FlowReport) {
        guard let notifier = configuration.notifier else { return }
        for event in events {
            guard let kind = AccountNotice.Kind(event), let account = event.account else { continue }
            notices.send(for: account, failed: messageFailed) { [self] in
                try await notifier.notify(
                    notice(kind, to: account, of: event, formerAddress: report.formerAddress))
            }
        }
    }

    private func notice(
        _ kind: AccountNotice.Kind, to account: AccountID, of event: SecurityEvent, formerAddress: String?
    ) async throws(StoreError) -> AccountNotice {
        let target = attempted(account)
        let keys = [RecordKey(.accounts, in: target.partition, id: .only), ContactRecord.key(in: target.partition)]
        let work = try await environment.read(keys, in: target.partition)
        let record = try target.record(in: work, at: event.at)
        var addresses: [String] = []
        if let record, let address = try address(of: record, target, in: work) { addresses = [address] }
        if let formerAddress, !addresses.contains(formerAddress) { addresses.append(formerAddress) }
        return AccountNotice(
            kind: kind, account: account, name: record?.name, addresses: addresses, at: event.at, source: event.source)
    }
}
