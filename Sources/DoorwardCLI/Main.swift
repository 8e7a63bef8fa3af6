// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Glibc

/// The entry: makes the process safe, parses, runs, and says how it went by the exit status.
@main
enum Main {
    static func main() async {
        ProcessHardening.apply()
        guard ProcessHardening.argumentsAreText else {
            Terminal.write("Error: Arguments must be valid UTF-8.\n", to: STDERR_FILENO)
            exit(2)
        }
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
            var message = DoorwardCommand.fullMessage(for: error)
            if message.contains("nexpected argument") {
                // It may be a password in the wrong place: it is not repeated.
                message = message.replacing(/'[^']*'/, with: "…", maxReplacements: 8)
            }
            Terminal.write(message + "\n", to: isWanted ? STDOUT_FILENO : STDERR_FILENO)
            exit(isWanted ? 0 : 2)
        }
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
            HashCommand.self, VerifyCommand.self, OTPCommand.self, URICommand.self, VectorsCommand.self,
            DemoCommand.self,
        ])
}
#endif
