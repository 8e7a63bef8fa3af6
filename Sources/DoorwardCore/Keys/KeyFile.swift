// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The text of a ``KeySet`` in a file of its owner's alone.
package struct KeyFile: Sendable {
    private static let sizeLimit = 65_536

    let path: String

    package init(path: String) { self.path = path }

    /// The keys, or `nil` if there is no such file.
    ///
    /// - Throws: `unavailable` for a file that others can read, of another owner, a link, or malformed.
    package func read() throws(StoreError) -> KeySet? {
        let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT: return nil
            case ELOOP: throw StoreError(.unavailable, "the key file is a symbolic link")
            default: throw failure("cannot be opened")
            }
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure("cannot be examined") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw StoreError(.unavailable, "the key file is no file") }
        guard status.st_uid == geteuid() else {
            throw StoreError(.unavailable, "the key file belongs to somebody else")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw StoreError(.unavailable, "others can read the key file: give it mode 0600")
        }
        guard status.st_size <= Self.sizeLimit else { throw StoreError(.unavailable, "the key file is too long") }
        var bytes: [UInt8] = []
        defer { wipe(&bytes) }
        var chunk = [UInt8](repeating: 0, count: 4096)
        defer { wipe(&chunk) }
        while bytes.count <= Self.sizeLimit {
            let got = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw failure("cannot be read") }
            if got == 0 { break }
            bytes += chunk[..<got]
        }
        return try KeySet(parsing: Secret(copying: bytes))
    }

    /// Writes the keys whole, or throws and leaves nothing; never over a file that is there.
    ///
    /// - Returns: Whether they were written; `false` if somebody else's file is there already.
    func create(_ set: KeySet, random: some RandomSource) throws(StoreError) -> Bool {
        // link(2) puts the whole file in place or nothing, and fails where a name is taken.
        try write(set, random: random) { temporary in unsafe link(temporary, path) }
    }

    /// Puts other keys in the place of those that are there, whole, one process at a time.
    ///
    /// - Parameter change: Called with what is there; `nil` changes nothing.
    /// - Returns: What is there afterwards.
    package func update(
        random: some RandomSource, _ change: (KeySet) throws(StoreError) -> KeySet?
    ) throws(StoreError) -> KeySet {
        // A lock of its own file: the key file itself is exchanged.
        let lock = unsafe open(path + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw failure("cannot be locked") }
        defer { close(lock) }
        while flock(lock, LOCK_EX) != 0 { guard errno == EINTR else { throw failure("cannot be locked") } }
        guard let known = try read() else { throw StoreError(.unavailable, "the key file is missing") }
        guard let changed = try change(known) else { return known }
        _ = try write(changed, random: random) { temporary in unsafe rename(temporary, path) }
        return changed
    }

    /// - Parameter install: Puts the finished file in place; 0 on success.
    private func write(_ set: KeySet, random: some RandomSource, install: (String) -> Int32) throws(StoreError) -> Bool
    {
        let temporary = path + "." + Hex.encode(random.bytes(8))
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("cannot be made") }
        defer {
            close(descriptor)
            unsafe unlink(temporary)
        }
        var bytes = set.revealed().copyBytes()
        defer { wipe(&bytes) }
        guard unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw failure("cannot be written")
        }
        guard install(temporary) == 0 else {
            if errno == EEXIST { return false }
            throw failure("cannot be put in place")
        }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let folderDescriptor = unsafe open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folderDescriptor >= 0 {
            fsync(folderDescriptor)
            close(folderDescriptor)
        }
        return true
    }

    private func failure(_ what: String) -> StoreError {
        StoreError(.unavailable, unsafe "the key file \(what): \(String(cString: strerror(errno)))")
    }
}
