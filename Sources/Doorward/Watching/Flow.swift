// SPDX-License-Identifier: Apache-2.0

public import DoorwardAudit
import DoorwardCore

extension Gatekeeper {
    /// Runs a flow for a request; whatever it throws leaves as a ``GatekeeperError``.
    ///
    /// *No answer without its record:* where there is an audit log, no verdict leaves before what the flow reported is in it.
    /// What cannot be recorded is *unavailable*, though it may have come to pass. An error leaves at once, and its events
    /// are recorded behind it, if they can be.
    func flow<R>(from source: ClientSource = .unknown, _ body: () async throws -> R)
        async throws(GatekeeperError) -> R
    {
        if FlowReport.current?.includes(self) == true { return try await plainly(body) }
        let report = FlowReport(of: self, source: source)
        return try await plainly {
            let result: R
            do {
                result = try await FlowReport.$current.withValue(report) { try await body() }
            } catch {
                FlowReport.$current.withValue(report) { self.report(fault: GatekeeperError(error)) }
                let events = report.end()
                audit?.note(events)
                notify(of: events, report)
                throw error
            }
            let events = report.end()
            // Whatever became of the record, what happened happened: its owner hears of it.
            defer { notify(of: events, report) }
            try await audit?.append(events)
            return result
        }
    }

    /// Runs a flow of which nothing is recorded.
    func plainly<R>(_ body: () async throws -> R) async throws(GatekeeperError) -> R {
        do { return try await body() } catch { throw GatekeeperError(error) }
    }

    /// Says why there was no verdict. (ASVS V16.3.4)
    private func report(fault error: GatekeeperError) {
        switch error.code {
        case .overloaded: report(.rateExceeded, nil, reason: .overloaded)
        case .unavailable: report(.serviceUnavailable, nil)
        default: break
        }
    }

    /// Reads and verifies what was recorded.
    public var auditReader: AuditReader { AuditReader(environment) }

    func report(
        _ name: SecurityEvent.Name, _ account: AccountID?, session: SessionID? = nil,
        reason: SecurityEvent.Reason? = nil
    ) {
        environment.report(
            SecurityEvent(name, at: environment.clock.now(), account: account, session: session, reason: reason))
    }
}

extension SecurityEvent.Name {
    /// The store, the keys or a record could not be used: there was no verdict.
    public static let serviceUnavailable = Self(rawValue: "sys_unavailable")
    /// A kernel that hashes passwords gave another result than libargon2 on this processor, and is not used.
    public static let kernelRejected = Self(rawValue: "sys_kernel_rejected")
}

extension SecurityEvent.Reason {
    static let overloaded = Self(rawValue: "overloaded")
}
