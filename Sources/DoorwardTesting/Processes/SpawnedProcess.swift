// SPDX-License-Identifier: Apache-2.0

import CDoorwardSystem
import Foundation
import Glibc

/// Another program, with a pipe to it and one from it.
///
/// Foundation's `Process` reads beyond a buffer when this one has more than some 1,300 descriptors open, and its pipes leak
/// into whatever is started at the same time; here the other gets its three and nothing else, whoever starts what.
struct SpawnedProcess: Sendable {
    let processID: pid_t
    /// Whoever uses it closes it.
    let input: Int32
    let output: Int32

    /// - Parameters:
    ///   - environment: Variables beside those of this process.
    ///   - errors: Whether what it says on standard error is seen.
    init(
        _ path: String, _ arguments: [String], environment: [String: String] = [:], folder: String? = nil,
        errors: Bool = true
    ) throws {
        let all = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        let (theirInput, input) = try Self.makePipe()
        let (output, theirOutput) = try Self.makePipe()
        defer {
            close(theirInput)
            close(theirOutput)
        }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if let folder { unsafe posix_spawn_file_actions_addchdir_np(&actions, folder) }
        unsafe posix_spawn_file_actions_adddup2(&actions, theirInput, STDIN_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, theirOutput, STDOUT_FILENO)
        if !errors { unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) }
        unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // A child inherits what its parent's thread blocks and ignores, and the threads of tasks block every signal.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var id: pid_t = 0
        let status = unsafe withCStrings([path] + arguments) { arguments in
            unsafe withCStrings(all) { environment in
                unsafe posix_spawn(&id, path, &actions, &attributes, arguments, environment)
            }
        }
        guard status == 0 else {
            close(input)
            close(output)
            throw Tool.Missing(description: "\(path) could not be started: error \(status)")
        }
        processID = id
        self.input = input
        self.output = output
    }

    /// Waits for its end. Blocks; and must be called, once.
    ///
    /// - Returns: Its exit status, or the signal that ended it.
    func wait() -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(processID, &status, 0) < 0 && errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : status & 0x7F
    }

    private static func makePipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else {
            throw Tool.Missing(description: "no pipe could be made: error \(errno)")
        }
        return (ends[0], ends[1])
    }
}

private func withCStrings(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
) -> Int32 {
    var pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return EINVAL }
        return unsafe body(base)
    }
}
