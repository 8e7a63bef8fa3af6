// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file that is open for reading.
final class OpenFile: Sendable {
    private let descriptor: Int32

    init(_ path: String) throws(BreachedPasswordError) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure("cannot be opened") }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw BreachedPasswordError(reason: "the list is no plain file")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func length() throws(BreachedPasswordError) -> UInt64 {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, let length = UInt64(exactly: status.st_size) else {
            throw Self.failure("cannot be read")
        }
        return length
    }

    /// So many bytes, or what is left of the file if `isWhole` is false.
    func read(_ count: Int, at offset: Int, isWhole: Bool = true) throws(BreachedPasswordError) -> [UInt8] {
        var problem: BreachedPasswordError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count, let base = buffer.baseAddress {
                let got = unsafe pread(descriptor, base + filled, count - filled, offset + filled)
                if got > 0 {
                    filled += got
                } else if got == 0 {
                    break
                } else if errno != EINTR {
                    problem = Self.failure("cannot be read")
                    break
                }
            }
        }
        if let problem { throw problem }
        guard !isWhole || bytes.count == count else { throw BreachedPasswordError(reason: "the list is cut short") }
        return bytes
    }

    private static func failure(_ what: String) -> BreachedPasswordError {
        BreachedPasswordError(reason: "the list \(what): \(unsafe String(cString: strerror(errno)))")
    }
}
