// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A key ring in a file of its owner's alone.
///
/// Text, one line a key: `doorward-keys 1`, then `active` or `kept`, the id in hexadecimal, the key in Base64url.
struct KeyFile {
    private static let heading = "doorward-keys 1"
    private static let sizeLimit = 65_536

    let path: String

    /// The ring, or `nil` if there is no such file.
    ///
    /// - Throws: `unavailable` for a file that others can read, of another owner, a link, or malformed.
    func read() throws(StoreError) -> KeyRing? {
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
        guard let ring = Self.parse(bytes) else { throw StoreError(.unavailable, "the key file is malformed") }
        return ring
    }

    /// Writes the ring whole, or throws and leaves nothing; never over a file that is there.
    ///
    /// - Returns: Whether it was written; `false` if somebody else's file is there already.
    func create(_ ring: KeyRing, random: some RandomSource) throws(StoreError) -> Bool {
        let temporary = path + "." + Hex.encode(random.bytes(8))
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("cannot be made") }
        defer {
            close(descriptor)
            unsafe unlink(temporary)
        }
        var bytes = Self.format(ring)
        defer { wipe(&bytes) }
        guard unsafe write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw failure("cannot be written")
        }
        // link(2) puts the whole file in place or nothing, and fails where a name is taken.
        guard unsafe link(temporary, path) == 0 else {
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

    private static func format(_ ring: KeyRing) -> [UInt8] {
        var lines = [heading]
        for (id, material) in ring.keys {
            let state = id == ring.active ? "active" : "kept"
            lines.append("\(state) \(id) \(Base64.urlSafe.encode(material.copyBytes()))")
        }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    private static func parse(_ bytes: [UInt8]) -> KeyRing? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
        guard lines.first == Substring(heading) else { return nil }
        var keys: [(id: KeyID, material: Secret)] = []
        var active: [KeyID] = []
        for line in lines.dropFirst() {
            let fields = line.split(separator: " ", omittingEmptySubsequences: false)
            guard fields.count == 3, let id = Hex.decode(fields[1]).flatMap({ KeyID(bytes: $0) }),
                let material = Base64.urlSafe.decode(fields[2])
            else { return nil }
            keys.append((id, Secret(copying: material)))
            switch fields[0] {
            case "active": active.append(id)
            case "kept": break
            default: return nil
            }
        }
        guard active.count == 1 else { return nil }
        return KeyRing(keys: keys, active: active[0])
    }
}
