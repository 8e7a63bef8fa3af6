// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import Foundation
import Glibc

/// A file system of a few megabytes, which can be filled. Only root may have one.
public final class SmallDisk: Sendable {
    public static var isPossible: Bool { geteuid() == 0 }

    /// Everybody may write there.
    public let folder: String
    private let guardian: ServerProcess

    public init(megabytes: Int) async throws {
        folder = FileManager.default.temporaryDirectory.path + "/doorward-disk-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let options = ["-t", "tmpfs", "-o", "size=\(megabytes)m,mode=0777", "tmpfs", folder]
        guard try await Tool("mount").run(options).status == 0 else {
            throw Tool.Missing(description: "a file system cannot be mounted")
        }
        // It goes with this process, however that ends.
        guardian = try await ServerProcess.start(["/bin/sleep", "1000000"], folder: folder, atEnd: "umount -l")
    }

    deinit {
        unsafe umount2(folder, Int32(MNT_DETACH))
        unsafe rmdir(folder)
    }

    private var filler: String { folder + "/filler" }

    /// Leaves no room at all.
    public func fill() throws {
        let descriptor = unsafe open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        for size in [65_536, 4096, 1] {
            let block = [UInt8](repeating: 0, count: size)
            while unsafe write(descriptor, block, size) > 0 {}
        }
    }

    public func free() { _ = unsafe unlink(filler) }

    /// The fault of a store that has its data here.
    public var fault: StoreFault {
        StoreFault(.diskFull) {
            try self.fill()
        } end: {
            self.free()
        }
    }
}
