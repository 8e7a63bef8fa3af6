// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import Glibc
import Synchronization

/// The terminal, as bytes.
enum Terminal {
    /// - Returns: Whether all of it was taken.
    @discardableResult
    static func write(_ text: String, to descriptor: Int32) -> Bool {
        var rest = ArraySlice(text.utf8)
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// Colours only on a terminal, and not where somebody said no (no-color.org).
    static var takesColours: Bool {
        guard isatty(STDOUT_FILENO) == 1 else { return false }
        guard let no = unsafe getenv("NO_COLOR") else { return true }
        return unsafe no.pointee == 0
    }

    /// Asks without echo; the terminal is as it was afterwards. `nil` for Ctrl-C, and for Ctrl-D with nothing typed.
    ///
    /// The terminal's own line editing would cut what is longer than 4,095 bytes, so a line is edited here: backspace
    /// takes a character, Ctrl-U all of them.
    static func askHidden(_ prompt: String) -> [UInt8]? {
        write(prompt + ": ", to: STDERR_FILENO)
        var old = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &old) == 0 else { return nil }
        var quiet = old
        quiet.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        // A read waits for one byte, whatever was set before.
        unsafe withUnsafeMutableBytes(of: &quiet.c_cc) { settings in
            unsafe settings[Int(VMIN)] = 1
            unsafe settings[Int(VTIME)] = 0
        }
        restoreAtSignals(old)
        unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet)
        defer {
            unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &old)
            write("\n", to: STDERR_FILENO)
        }
        var line: [UInt8] = []
        while let byte = LineReader.standardInput.byte() {
            switch byte {
            case 3: return nil
            case 4: if line.isEmpty { return nil }
            case 0x0A, 0x0D: return line
            case 0x15: line = []
            case 8, 0x7F:
                // All bytes of the last character: those that continue one begin with the bits 10.
                while let last = line.popLast(), last & 0xC0 == 0x80 {}
            default: if line.count <= LineReader.limit { line.append(byte) }
            }
        }
        return line.isEmpty ? nil : line
    }
}

/// What the terminal is given back when a signal ends the process. Written by the one prompt that is open, before its
/// handlers can run; read by them.
nonisolated(unsafe) private var terminalToRestore = termios()

extension Terminal {
    private static func restoreAtSignals(_ settings: termios) {
        unsafe terminalToRestore = settings
        for number in [SIGTERM, SIGHUP, SIGINT, SIGQUIT] {
            signal(number) { number in
                unsafe tcsetattr(STDIN_FILENO, TCSANOW, &terminalToRestore)
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }
}

/// Takes lines from standard input.
final class LineReader: Sendable {
    /// The longest answer, in bytes.
    static let limit = 16 * 1024

    enum Line {
        case line([UInt8])
        case tooLong
        case end
    }

    private struct State {
        var buffer: [UInt8] = []
        var isAtEnd = false
    }

    static let standardInput = LineReader()
    private let state = Mutex(State())

    /// The next line without its LF or CR LF, and nothing else removed.
    func next() -> Line {
        state.withLock { state in
            var scanned = 0
            while true {
                if let end = state.buffer[scanned...].firstIndex(of: UInt8(ascii: "\n")) {
                    var line = Array(state.buffer[..<end])
                    state.buffer.removeFirst(end + 1)
                    if line.last == UInt8(ascii: "\r") { line.removeLast() }
                    return line.count <= Self.limit ? .line(line) : .tooLong
                }
                scanned = state.buffer.count
                if scanned > Self.limit + 1 { return .tooLong }
                guard !state.isAtEnd, let more = Self.read() else {
                    state.isAtEnd = true
                    guard !state.buffer.isEmpty else { return .end }
                    defer { state.buffer = [] }
                    return state.buffer.count <= Self.limit ? .line(state.buffer) : .tooLong
                }
                state.buffer += more
            }
        }
    }

    /// The next byte, for a terminal.
    func byte() -> UInt8? {
        state.withLock { state in
            if state.buffer.isEmpty {
                guard !state.isAtEnd, let more = Self.read() else { return nil }
                state.buffer = more
            }
            return state.buffer.removeFirst()
        }
    }

    private static func read() -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe Glibc.read(STDIN_FILENO, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN {
                // Somebody made it non-blocking: wait until there is something.
                var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
                unsafe poll(&input, 1, -1)
                continue
            }
            return count > 0 ? Array(chunk[..<count]) : nil
        }
    }
}
#endif
