// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import Glibc

/// A file that takes the place of another when it is whole.
final class NewFile {
    private let temporary: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var bufferStart = 0

    init(besides path: String) throws(BreachedPasswordError) {
        temporary = path + "." + Hex.encode(SystemRandomSource().bytes(8))
        descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure() }
    }

    deinit {
        if descriptor >= 0 {
            close(descriptor)
            unsafe unlink(temporary)
        }
    }

    /// Pieces that follow each other leave together.
    func write(_ bytes: [UInt8], at offset: Int) throws(BreachedPasswordError) {
        if offset != bufferStart + buffer.count || buffer.count > 1 << 20 {
            try flush()
            bufferStart = offset
        }
        buffer += bytes
    }

    private func flush() throws(BreachedPasswordError) {
        var written = 0
        while written < buffer.count {
            let got = unsafe buffer.withUnsafeBytes { bytes in
                unsafe pwrite(
                    descriptor, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written,
                    bufferStart + written)
            }
            if got > 0 { written += got } else if got == 0 || errno != EINTR { throw Self.failure() }
        }
        buffer = []
    }

    func install(at path: String) throws(BreachedPasswordError) {
        try flush()
        guard fsync(descriptor) == 0, unsafe rename(temporary, path) == 0 else { throw Self.failure() }
    }

    private static func failure() -> BreachedPasswordError {
        BreachedPasswordError(reason: "the new list cannot be written: \(unsafe String(cString: strerror(errno)))")
    }
}
