// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Foundation
import Glibc

/// The entry: makes the process safe, parses, runs, and says how it went by the exit status.
@main
enum Main {
    static func main() async {
        guard ProcessHardening.argumentsAreText else {
            Terminal.write("Error: Arguments must be valid UTF-8.\n", to: STDERR_FILENO)
            exit(2)
        }
        ProcessHardening.apply()
        do {
            var command = try DoorwardCommand.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch {
            // Help and versions were asked for; anything else is a usage error.
            let isWanted = DoorwardCommand.exitCode(for: error) == .success
            let message = isWanted ? DoorwardCommand.fullMessage(for: error) : complaint(about: error)
            Terminal.write(message + "\n", to: isWanted ? STDOUT_FILENO : STDERR_FILENO)
            exit(isWanted ? 0 : 2)
        }
    }
}

extension Main {
    /// What is wrong and how it is used, without repeating an argument: it may be a password in the wrong place.
    private static func complaint(about error: any Error) -> String {
        let message = DoorwardCommand.fullMessage(for: error)
        let usage = message.range(of: "\nUsage: ").map { String(message[$0.lowerBound...]) } ?? ""
        let complaint = message.dropLast(usage.count)
        let isEcho = CommandLine.arguments.dropFirst().contains { argument in
            argument.split(separator: "\n").contains { complaint.contains($0) }
        }
        return (isEcho ? "Error: The arguments are not understood." : complaint) + usage
    }
}

struct DoorwardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doorward",
        abstract: "A login service in a terminal, and its administrator's tool.",
        discussion: """
            Passwords and codes are asked for without echo, or read with --stdin, one a line; never taken from \
            arguments. Who can open the store administers it.
            """,
        subcommands: [
            RegisterCommand.self, LoginCommand.self, WhoamiCommand.self, LogoutCommand.self, PasswordCommand.self,
            TOTPCommand.self, HOTPCommand.self, RecoveryCommand.self, SessionCommand.self, AdminCommand.self,
            AccountCommand.self, KeysCommand.self, HashCommand.self, VerifyCommand.self, BreachedCommand.self,
            CalibrateCommand.self, DoctorCommand.self, AuditCommand.self, DeviceCommand.self, OTPCommand.self,
            URICommand.self, VectorsCommand.self, DemoCommand.self,
        ])
}
#endif
