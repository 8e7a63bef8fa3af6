// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import Doorward
import Glibc

/// The file that holds the token of whoever is signed in: mode 0600, written whole.
struct SessionFile {
    let path: String

    /// The token; `nil` if there is none, or something else in its place.
    func read() -> SessionToken? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = unsafe Glibc.read(descriptor, &bytes, bytes.count)
        guard count > 0, let text = String(validating: bytes[..<count], as: UTF8.self) else { return nil }
        return SessionToken(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }

    /// Replaces the token in one step.
    func write(_ token: SessionToken) throws(StoreError) {
        let temporary = path + ".new"
        unsafe unlink(temporary)
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        let text = token.revealed() + "\n"
        guard descriptor >= 0 else { throw StoreError(.unavailable, "the session file cannot be written") }
        defer { close(descriptor) }
        guard unsafe Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count, fsync(descriptor) == 0,
            unsafe rename(temporary, path) == 0
        else {
            unsafe unlink(temporary)
            throw StoreError(.unavailable, "the session file cannot be written")
        }
    }

    func remove() { unsafe unlink(path) }
}
#endif
