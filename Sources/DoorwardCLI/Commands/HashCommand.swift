// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward
import Glibc

struct HashCommand: ReplyingCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash", abstract: "Hash a password with Argon2id. Needs no store; no pepper is used.")

    @Option(help: "Memory, in KiB.") var memory = Argon2Parameters.default.memoryKiB
    @Option(help: "Passes over the memory.") var passes = Argon2Parameters.default.passes
    @Option(help: "Lanes.") var parallelism = Argon2Parameters.default.parallelism
    @OptionGroup var common: CommonOptions

    func validate() throws {
        do throws(Argon2ParametersError) {
            _ = try Argon2Parameters(memoryKiB: memory, passes: passes, parallelism: parallelism)
        } catch {
            throw ValidationError("These parameters cannot be used: \(error).")
        }
    }

    func reply() async throws -> Reply {
        let answers = try answers()
        let parameters = try Argon2Parameters(memoryKiB: memory, passes: passes, parallelism: parallelism)
        let password = try answers.password()
        guard password.normalized != nil else {
            throw MalformedInput(field: "password", message: "A password has 1 to 4096 bytes of text.")
        }
        announce(parameters)
        let hash = try await hashing { () async throws(HashingError) in
            try await PasswordHasher(parameters: parameters).hash(password)
        }
        var reply = Reply(.ok, ["phc": .string(hash.text)])
        reply.data = [hash.text]
        return reply
    }
}

struct VerifyCommand: ReplyingCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify a password against a PHC string, or another system's hash. Needs no store.")

    @OptionGroup var common: CommonOptions

    func reply() async throws -> Reply {
        let answers = try answers()
        let text = try answers.required("PHC string", field: "phc")
        let hash: PHCString
        do throws(PHCStringError) { hash = try PHCString(parsing: text) } catch {
            if !text.hasPrefix("$argon2"), let old = try old(text) {
                let password = try answers.password()
                let matches = try await hashing { () async throws(HashingError) in
                    try await PasswordHasher().verify(password, against: old)
                }
                return matches ? .matching(needsRehash: true) : .mismatching
            }
            throw MalformedInput(field: "phc", message: "Not a PHC string: \(error.reason).")
        }
        let password = try answers.password()
        let hasher = PasswordHasher()
        announce(hash.parameters)
        let matches = try await hashing { () async throws(HashingError) in
            try await hasher.verify(password, against: hash)
        }
        return matches ? .matching(needsRehash: hasher.needsRehash(hash)) : .mismatching
    }

    /// A hash of another system; `nil` if it is none.
    private func old(_ text: String) throws -> OldHash? {
        do throws(OldHashError) { return try OldHash(parsing: text) } catch {
            guard error != .unknown else { return nil }
            throw MalformedInput(field: "phc", message: "This hash cannot be verified: \(error).")
        }
    }
}

extension Reply {
    fileprivate static var mismatching: Reply { Reply(.mismatch, text: "It does not match.") }

    fileprivate static func matching(needsRehash: Bool) -> Reply {
        Reply(
            .match, ["needsRehash": .bool(needsRehash)],
            text: needsRehash ? "It matches; the hash should be made anew." : "It matches.")
    }
}

/// On a terminal, says that it will take a while where it will.
private func announce(_ parameters: Argon2Parameters) {
    guard isatty(STDERR_FILENO) == 1, parameters.memoryKiB * parameters.passes > 1_000_000 else { return }
    Terminal.write("Hashing \(parameters.memoryKiB / 1024) MiB \(parameters.passes) times …\n", to: STDERR_FILENO)
}

/// Hashing errors as everybody else's.
private func hashing<R>(_ body: () async throws(HashingError) -> R) async throws -> R {
    do throws(HashingError) { return try await body() } catch {
        throw GatekeeperError(error.code == .overloaded ? .overloaded : .unavailable, error.reason)
    }
}
#endif
