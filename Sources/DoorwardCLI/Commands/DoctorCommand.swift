// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward
import Glibc

struct DoctorCommand: ReplyingCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look for what is wrong with this deployment. Changes nothing.",
        discussion: """
            Looks at the files, at how the store and its server are set, at every record, and at the audit log. Ends with 1 if \
            there is a problem; advice alone is no problem. How a service is configured, it asks itself by \
            Gatekeeper.examine().
            """)
    @OptionGroup var common: CommonOptions

    func reply() async throws -> Reply {
        // Before the store is opened, which puts some of it right.
        var findings = common.openFiles()
        let progress = Progress()
        do {
            let gatekeeper = try await gatekeeper(isThere: true)
            findings += try await gatekeeper.examine { progress.show(count: $0, of: "records looked at") }
            progress.end()
        } catch let error as StoreError {
            findings.append(Finding(.problem, "store.unusable", "The store cannot be used: \(error.reason)."))
        } catch let error as GatekeeperError {
            findings.append(Finding(.problem, "store.unusable", "The store cannot be read: \(error.reason)."))
        }
        if let problem = await common.breachListProblem() { findings.append(problem) }
        let hasProblem = findings.contains { $0.weight == .problem }
        var reply = Reply(hasProblem ? .refused : .ok, ["findings": .array(findings.map { .finding($0) })])
        reply.data = findings.map { "\($0.weight == .problem ? "✘" : "•") \($0.code): \($0.message)" }
        reply.notes = [hasProblem ? "There are problems." : "No problem was found."]
        return reply
    }
}

extension CommonOptions {
    /// Files that others can read or write, and must not.
    fileprivate func openFiles() -> [Finding] {
        let files = [
            ("files.folder", "the state folder", StateFolder.path("")),
            ("files.session", "the session file", sessionPath),
            ("files.device", "the device file", devicePath), ("files.keys", "the key file", keysPath),
            ("files.outbox", "the file for messages", outboxPath),
        ]
        return files.compactMap { code, name, path in
            var status = stat()
            guard unsafe stat(path, &status) == 0, status.st_mode & 0o077 != 0 else { return nil }
            let mode = status.st_mode & S_IFMT == S_IFDIR ? "0700" : "0600"
            return Finding(.problem, code, "Others can read or write \(name): give it mode \(mode).")
        }
    }

    fileprivate func breachListProblem() async -> Finding? {
        guard let path = breachedPath else { return nil }
        do {
            _ = try BreachedPasswordFile(path: path)
            return nil
        } catch {
            return Finding(
                .problem, "passwords.breachList",
                "The list of breached passwords cannot be used, so no new password is taken: \(error.reason).")
        }
    }
}

extension JSONValue {
    fileprivate static func finding(_ finding: Finding) -> JSONValue {
        .object([
            "code": .string(finding.code), "weight": .string(finding.weight.rawValue),
            "message": .string(finding.message),
        ])
    }
}
#endif
