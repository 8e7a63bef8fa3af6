// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward

struct CalibrateCommand: ReplyingCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "The costliest Argon2id parameters that this machine, or container, bears at a wanted rate.",
        discussion: "Takes a few seconds. Run it where the service will run, while little else does.")

    @Option(help: "Sign-ins a second in the busiest hour.") var rate = 10.0
    @Option(help: "Memory that hashing may use, in MiB; else a quarter of what there is.") var memory: Int?
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard rate.isFinite, rate > 0, rate <= 1_000_000 else { throw ValidationError("--rate is more than 0.") }
        guard memory.map({ (20...1_048_576).contains($0) }) ?? true else {
            throw ValidationError("--memory is 20 to 1048576 MiB.")
        }
    }

    func reply() async throws -> Reply {
        let progress = Progress()
        let limits = HostLimits.current
        let found: HashingCalibration
        do throws(HashingError) {
            found = try await HashingCalibration.measure(
                signInsPerSecond: rate, memoryBudget: memory.map { $0 << 20 }, limits: limits
            ) { progress.show(count: $0.memoryKiB / 1024, of: "MiB measured") }
        } catch { throw GatekeeperError(.unavailable, error.reason) }
        progress.end()
        let parameters = found.parameters
        let milliseconds = Int64((found.duration / .milliseconds(1)).rounded())
        let perSecond = Int64(clamping: Int(found.signInsPerSecond.rounded(.down)))
        var reply = Reply(
            .ok,
            [
                "memory": .integer(parameters.memoryKiB), "passes": .integer(parameters.passes),
                "parallelism": .integer(parameters.parallelism), "milliseconds": .integer(milliseconds),
                "signInsPerSecond": .integer(perSecond), "meetsRate": .bool(found.meetsRate),
                "memoryBudget": .integer(found.memoryBudget), "threads": .integer(found.threads),
            ])
        reply.data = [
            "m=\(parameters.memoryKiB) t=\(parameters.passes) p=\(parameters.parallelism): \(milliseconds) ms a hash, "
                + "\(perSecond) sign-ins a second by half of \(found.threads) threads, "
                + "\(found.memoryBudget >> 20) MiB for hashing"
        ]
        if !found.meetsRate {
            reply.notes = [
                "That is OWASP's floor, and less than the wanted rate: more machines, or a longer queue in the busiest hour."
            ]
        }
        return reply
    }
}
#endif
