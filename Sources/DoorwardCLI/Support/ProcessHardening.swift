// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import CDoorwardSystem
import Glibc

/// Keeps secrets out of what a dying process leaves behind.
enum ProcessHardening {
    static func apply() {
        keepStandardDescriptors()
        forbidCoreFiles()
        doorward_forbid_dumps()
        quietBacktraces()
    }

    /// Swift would repair what is not UTF-8, and two arguments could become one.
    static var argumentsAreText: Bool {
        unsafe CommandLine.unsafeArgv.withMemoryRebound(
            to: UnsafeMutablePointer<CChar>?.self, capacity: Int(CommandLine.argc)
        ) {
            for index in 0..<Int(CommandLine.argc) {
                guard let argument = unsafe $0[index], unsafe String(validatingCString: argument) != nil else {
                    return false
                }
            }
            return true
        }
    }

    /// A file that is opened later must not become standard input, output or error.
    private static func keepStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is this one.
            _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY)
        }
    }

    private static func forbidCoreFiles() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }

    /// Swift's crash reports print memory behind registers. They are switched off by the environment, which the
    /// runtime reads before us: so the process starts itself again once.
    private static func quietBacktraces() {
        let name = "SWIFT_BACKTRACE"
        let wanted = "enable=no"
        if let value = unsafe getenv(name), unsafe String(cString: value) == wanted { return }
        unsafe setenv(name, wanted, 1)
        unsafe execv("/proc/self/exe", CommandLine.unsafeArgv)
        // Where that is not possible, the process goes on with what has been done.
    }
}
#endif
