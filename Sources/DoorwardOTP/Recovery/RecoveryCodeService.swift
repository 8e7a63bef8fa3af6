// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// Recovery codes for a service that does its sign-ins by other means. Accept-once is here; the attempt budget is not.
public struct RecoveryCodeService: Sendable {
    private let environment: AuthEnvironment
    private var rules: RecoveryCodeRules { RecoveryCodeRules(keys: environment.keys) }

    public init(_ environment: AuthEnvironment) { self.environment = environment }

    /// Ten fresh codes, shown this once; the old ones are worth nothing from then on.
    public func generate(for account: AccountID) async throws(StoreError) -> [RecoveryCode] {
        try await transact(account) { work, _ throws(StoreError) in
            try rules.generate(for: account, random: environment.random, in: &work)
        }
    }

    /// Spends a code. *Accept once:* of concurrent calls with one code at most one returns true.
    public func redeem(_ code: RecoveryCode, for account: AccountID) async throws(StoreError) -> Bool {
        try await transact(account) { work, _ throws(StoreError) in
            try rules.redeem(code, for: account, random: environment.random, in: &work)
        }
    }

    /// Codes that are left.
    public func remaining(for account: AccountID) async throws(StoreError) -> Int {
        try await transact(account) { work, _ throws(StoreError) in
            try RecoveryCodeRules.remaining(of: account, in: work)
        }
    }

    private func transact<R>(
        _ account: AccountID, decide: (inout WorkingSet, Timestamp) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        let partition = environment.partition(of: account)
        return try await environment.transact(
            in: partition, reading: [RecoveryCodeRules.key(in: partition)], decide: decide)
    }
}
