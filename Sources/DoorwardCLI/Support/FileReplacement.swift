// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import Doorward
import Glibc

/// A file beside another one, mode 0600, that can take its place in one step. Made before anything is done whose result
/// it is to hold; without ``install(_:)`` nothing is changed.
final class FileReplacement {
    private let path: String
    private let temporary: String
    private let what: String
    private let descriptor: Int32

    /// - Parameters:
    ///   - what: What the file is called in an error.
    ///   - room: Bytes that are taken now, so that a full disk is noticed now.
    init(_ path: String, what: String, room: Int) throws(StoreError) {
        self.path = path
        self.what = what
        temporary = path + "." + Hex.encode(SystemRandomSource().bytes(8))
        descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError(.unavailable, "\(what) cannot be written") }
        try fill(String(repeating: " ", count: room))
    }

    deinit {
        close(descriptor)
        unsafe unlink(temporary)
    }

    func install(_ text: String) throws(StoreError) {
        try fill(text)
        guard unsafe rename(temporary, path) == 0 else { throw StoreError(.unavailable, "\(what) cannot be replaced") }
    }

    private func fill(_ text: String) throws(StoreError) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0,
            Terminal.write(text, to: descriptor), fsync(descriptor) == 0
        else { throw StoreError(.unavailable, "\(what) cannot be written") }
    }
}
#endif
