// SPDX-License-Identifier: Apache-2.0

#if SQLite
public import DoorwardCore
import Foundation
import GRDB
import Glibc

extension SQLiteStore: ExaminableStore {
    /// Whether others may read the files, whether the file system can be trusted, and whether the file is whole.
    public func examine() async throws(StoreError) -> [Finding] {
        let path = path
        // It reads the whole file.
        let found = await onOwnThread(named: "doorward.examine") {
            Result { () throws(StoreError) in
                try Self.filesOthersCanRead(path) + Self.untrustedFileSystem(path) + Self.damage(path)
            }
        }
        guard let found else { throw StoreError(.unavailable, "no thread could be started") }
        return try found.get()
    }

    private static func filesOthersCanRead(_ path: String) throws(StoreError) -> [Finding] {
        var findings: [Finding] = []
        for file in [path, path + "-wal", path + "-shm"] {
            var status = stat()
            guard unsafe stat(file, &status) == 0 else { continue }
            let name = file.split(separator: "/").last.map(String.init) ?? file
            if status.st_mode & 0o077 != 0 {
                findings.append(
                    Finding(.problem, "sqlite.mode", "Others can read or write \(name): give it mode 0600."))
            }
        }
        return findings
    }

    private static func untrustedFileSystem(_ path: String) throws(StoreError) -> [Finding] {
        var status = stat()
        var space = statvfs()
        guard unsafe stat(path, &status) == 0, unsafe statvfs(path, &space) == 0 else {
            throw StoreError(.unavailable, "the database's file system cannot be examined")
        }
        var findings: [Finding] = []
        let mounts = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        if let finding = finding(ofDevice: status.st_dev, in: mounts) { findings.append(finding) }
        let (free, overflow) = UInt64(space.f_bavail).multipliedReportingOverflow(by: UInt64(space.f_frsize))
        if !overflow, free < 64 << 20 {
            findings.append(
                Finding(.problem, "sqlite.full", "There are \(free >> 20) MiB left on the database's disk: make room."))
        }
        return findings
    }

    /// What the kind of a file system means for a database: locks and syncs of networks are not those of one machine.
    ///
    /// - Parameter mounts: As in `/proc/self/mountinfo`.
    static func finding(ofDevice device: dev_t, in mounts: String) -> Finding? {
        // makedev(3).
        let (major, minor) = ((device >> 8) & 0xFFF | (device >> 32) & ~0xFFF, device & 0xFF | (device >> 12) & ~0xFF)
        let number = "\(major):\(minor)"
        for line in mounts.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 4, words[2] == number, let dash = words.firstIndex(of: "-"), dash + 1 < words.count
            else { continue }
            switch words[dash + 1] {
            case "nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "9p", "afs", "glusterfs", "fuse.sshfs":
                return Finding(
                    .problem, "sqlite.network",
                    "The database is on a network file system, where its locks do not work: move it to a disk of this machine."
                )
            case "tmpfs", "ramfs":
                return Finding(
                    .problem, "sqlite.memory",
                    "The database is in memory (\(words[dash + 1])): all is lost when the machine restarts.")
            default: return nil
            }
        }
        return nil
    }

    private static func damage(_ path: String) throws(StoreError) -> [Finding] {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            return try queue.read { database in
                var findings: [Finding] = []
                if try String.fetchOne(database, sql: "PRAGMA quick_check(1)") != "ok" {
                    findings.append(
                        Finding(.problem, "sqlite.damaged", "The database is damaged: restore a backup."))
                }
                let strangers = try Int.fetchOne(
                    database,
                    sql: """
                        SELECT count(*) FROM records WHERE NOT (length(partition) = 16 AND kind BETWEEN 0 AND 65535
                        AND length(id) <= 32 AND length(version) = 16 AND typeof(value) = 'blob')
                        """)
                if let strangers, strangers > 0 {
                    findings.append(
                        Finding(
                            .problem, "sqlite.strangers",
                            "\(strangers) rows of the database are no records: somebody else has written there."))
                }
                return findings
            }
        } catch {
            guard let error = error as? DatabaseError,
                [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode.primaryResultCode)
            else { throw StoreError(.unavailable, "the database cannot be examined now", underlying: error) }
            return [Finding(.problem, "sqlite.damaged", "The database cannot be read through: restore a backup.")]
        }
    }
}
#endif
