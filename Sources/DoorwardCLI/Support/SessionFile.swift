// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import Doorward
import Glibc

/// The file that holds the token of whoever is signed in: mode 0600, replaced whole.
struct SessionFile {
    let path: String

    /// The token; `nil` if there is no file, or something else than a token in it.
    ///
    /// - Throws: `unavailable` for a file that cannot be read.
    func read() throws(StoreError) -> SessionToken? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw StoreError(.unavailable, "the session file cannot be read")
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = unsafe Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw StoreError(.unavailable, "the session file cannot be read") }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else { return nil }
        return SessionToken(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }

    /// Makes sure that a token can be stored, before anything is done that gives one.
    func prepare() throws(StoreError) -> Replacement { try Replacement(path) }

    /// - Throws: `unavailable` if the file is still there.
    func remove() throws(StoreError) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else {
            throw StoreError(.unavailable, "signed out, but the session file cannot be removed")
        }
    }

    /// A file beside the session file, with room for a token, that can take its place.
    final class Replacement {
        private static let length = 69
        private let path: String
        private let temporary: String
        private let descriptor: Int32

        fileprivate init(_ path: String) throws(StoreError) {
            self.path = path
            temporary = path + "." + Hex.encode(SystemRandomSource().bytes(8))
            descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw StoreError(.unavailable, "the session file cannot be written") }
            // The room is taken now, so that a full disk is noticed now.
            try fill(String(repeating: " ", count: Self.length))
        }

        deinit {
            close(descriptor)
            unsafe unlink(temporary)
        }

        /// Puts the token in place, in one step.
        func install(_ token: SessionToken) throws(StoreError) {
            try fill(token.revealed() + "\n")
            guard unsafe rename(temporary, path) == 0 else {
                throw StoreError(.unavailable, "the session file cannot be replaced")
            }
        }

        private func fill(_ text: String) throws(StoreError) {
            guard unsafe pwrite(descriptor, text, text.utf8.count, 0) == text.utf8.count, fsync(descriptor) == 0 else {
                throw StoreError(.unavailable, "the session file cannot be written")
            }
        }
    }
}
#endif
