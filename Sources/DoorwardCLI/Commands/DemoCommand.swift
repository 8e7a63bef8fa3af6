// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward
import Foundation
import Glibc
import Synchronization

#if SQLite
import DoorwardSQLite
#endif

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Play the whole story unattended, on a temporary store, with real codes.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        do { try await play() } catch let code as ExitCode { throw code } catch {
            Terminal.write("The demo needs a temporary folder: \(error.localizedDescription)\n", to: STDERR_FILENO)
            throw ExitCode(Outcome.unavailable.exitCode)
        }
    }

    private func play() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/doorward-demo-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // Codes change every thirty seconds; the demo does not wait for them but moves its clock.
        let clock = DemoClock()
        #if SQLite
        let store: any AuthStore = try await SQLiteStore(at: folder + "/doorward.db", clock: clock)
        #else
        let store: any AuthStore = InMemoryStore(clock: clock)
        #endif
        var configuration = GatekeeperConfiguration()
        configuration.auditChain = AuditChain("demo")
        let gatekeeper = try await Gatekeeper(
            store: store, keys: .file(folder + "/keys"), configuration: configuration, clock: clock)
        try await Story(gatekeeper: gatekeeper, store: store, clock: clock).play()
    }
}

/// The machine's clock, and some time ahead.
final class DemoClock: WallClock {
    private let ahead = Mutex(Duration.zero)
    func now() -> Timestamp { SystemWallClock().now().advanced(by: ahead.withLock { $0 }) }
    func skip(_ duration: Duration) { ahead.withLock { $0 += duration } }
}
#endif
