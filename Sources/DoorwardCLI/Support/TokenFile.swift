// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import Doorward
import Glibc

/// A token as text, and back.
protocol TextualToken {
    init?(_ text: String)
    func revealed() -> String
    /// What its file is called in an error.
    static var file: String { get }
}

extension SessionToken: TextualToken { static var file: String { "the session file" } }
extension DeviceToken: TextualToken { static var file: String { "the device file" } }

/// The file that holds the token of whoever is signed in.
typealias SessionFile = TokenFile<SessionToken>

/// A file that holds a token: mode 0600, replaced whole.
struct TokenFile<Token: TextualToken> {
    let path: String

    /// The token; `nil` if there is no file, or something else than a token in it.
    ///
    /// - Throws: `unavailable` for a file that cannot be read.
    func read() throws(StoreError) -> Token? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw StoreError(.unavailable, "\(Token.file) cannot be read")
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = unsafe Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw StoreError(.unavailable, "\(Token.file) cannot be read") }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else { return nil }
        return Token(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }

    /// Makes sure that a token can be stored, before anything is done that gives one.
    func prepare() throws(StoreError) -> Place {
        Place(file: try FileReplacement(path, what: Token.file, room: 69))
    }

    /// Room for one token.
    struct Place {
        fileprivate let file: FileReplacement
        func install(_ token: Token) throws(StoreError) { try file.install(token.revealed() + "\n") }
    }

    /// - Throws: `unavailable` if the file is still there.
    func remove() throws(StoreError) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else {
            throw StoreError(.unavailable, "it is done, but \(Token.file) cannot be removed")
        }
    }
}
#endif
