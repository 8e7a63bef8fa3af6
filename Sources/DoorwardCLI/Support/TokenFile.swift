// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import Doorward
import Glibc

/// The file that holds the token of whoever is signed in.
typealias SessionFile = TokenFile<SessionTokenKind>

/// A file that holds a token: mode 0600, replaced whole.
struct TokenFile<Kind: TokenKind> {
    let path: String
    /// What it is called in an error.
    let what: String

    /// The token; `nil` if there is no file, or something else than a token in it.
    ///
    /// - Throws: `unavailable` for a file that cannot be read.
    func read() throws(StoreError) -> Token<Kind>? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw StoreError(.unavailable, "\(what) cannot be read")
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = unsafe Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw StoreError(.unavailable, "\(what) cannot be read") }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else { return nil }
        return Token(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }

    /// Makes sure that a token can be stored, before anything is done that gives one.
    func prepare() throws(StoreError) -> Place {
        Place(file: try FileReplacement(path, what: what, room: 69))
    }

    /// Room for one token.
    struct Place {
        fileprivate let file: FileReplacement
        func install(_ token: Token<Kind>) throws(StoreError) { try file.install(token.revealed() + "\n") }
    }

    /// - Throws: `unavailable` if the file is still there.
    func remove() throws(StoreError) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else {
            throw StoreError(.unavailable, "it is done, but \(what) cannot be removed")
        }
    }
}
#endif
