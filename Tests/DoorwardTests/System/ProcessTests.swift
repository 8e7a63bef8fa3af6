// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Foundation
import Glibc
import Testing

#if SQLite
import DoorwardSQLite
#endif

/// What other processes must not break: syncs, priorities, locks on one file, key rings.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ProcessTests {
    #if SQLite
    // MARK: P8

    /// Counts the syncs of a process that signs in, by a shim before libc.
    static func syncs(_ synchronous: String) async throws {
        let stage = try await SharedStage(.sqlite)
        _ = try await stage.register()
        let shim = try await SyncCounter(in: stage.folder.path)
        let worker = try stage.worker(
            "sign-in", "alice \(SharedStage.passwordWord) \(synchronous) 100 1", environment: shim.environment)
        var granted = 0
        while let line = await worker.next() { if line.hasPrefix("granted") { granted += 1 } }
        await worker.ended()
        try hold(granted == 100, "\(granted) of 100 were granted")
        // A sign-in is two commits: the reservation and the verdict.
        let count = try shim.count()
        try hold(count >= 2 * granted, "\(count) syncs for \(2 * granted) acknowledged commits")
    }

    @Test func everyAcknowledgedCommitWasSynced() async throws { try await Self.syncs("full") }

    @Test func synchronousNormalWouldBeCaught() async throws {
        await expectCaught(by: "syncs for") { try await Self.syncs("normal") }
    }

    #endif

    // MARK: P7

    /// Root hides what this is about: libdispatch resets the priority there.
    @Test(.enabled(if: geteuid() != 0)) func noTaskEverRunsAtTheNiceValueOfAHashThread() async throws {
        let path = try ChildProcess.path(beside: "DoorwardTestWorker")
        let queue = try ChildProcess(path, firstLine: "niceness queue")
        let direct = try ChildProcess(path, firstLine: "niceness direct")
        #expect(await queue.next() == "0")
        // The planted fault: a thread at nice 19 that resumes by itself.
        #expect(await direct.next() == "19")
    }

    // MARK: Locks and files

    #if SQLite
    @Test func aWriteLockHeldPastTheDeadlineIsUnavailableAndPassesWithIt() async throws {
        let stage = try await SharedStage(.sqlite)
        _ = try await stage.register()
        let token = try await stage.signIn().granted().token
        let hasty = try await SharedStage.gatekeeper(
            on: SQLiteStore(at: stage.databasePath, busyTimeout: .milliseconds(20)), stage.folder)
        let worker = try stage.worker("hold-lock")
        #expect(await worker.next() == "locked")
        do {
            _ = try await hasty.signIn("alice", password: Password(Stage.password))
            Issue.record("a sign-in went through a lock")
        } catch let error {
            #expect(error.code == .unavailable)
        }
        // Reads wait for nobody.
        #expect(try await hasty.session(for: token) != nil)
        worker.send("release")
        await worker.ended()
        #expect(try await hasty.signIn("alice", password: Password(Stage.password)).isGranted)
    }

    /// A second handle must not drop the locks of the first: another process would take the log away when it ends.
    @Test func twoHandlesInOneProcessKeepTheirLogWhenAnotherProcessComesAndGoes() async throws {
        let stage = try await SharedStage(.sqlite)
        _ = try await stage.register()
        let second = try await stage.another()
        let worker = try stage.worker("sign-in", "alice \(SharedStage.passwordWord) full 1 1")
        while await worker.next() != nil {}
        await worker.ended()
        #expect(FileManager.default.fileExists(atPath: stage.databasePath + "-wal"))
        let token = try await second.signIn().granted().token
        // What is acknowledged now is seen by whoever comes next.
        let next = try stage.worker("check", token.revealed())
        #expect(await next.next() == "live")
    }
    #endif

    @Test(arguments: StoreChoice.shared)
    func aForeignKeyRingAndAMissingOneAreUnavailable(_ choice: StoreChoice) async throws {
        let stage = try await SharedStage(choice)
        let store = try await stage.place.open()
        let missing = stage.folder.path + "/other-keys"
        for keys in [KeySource.ring(KeyRing()), .file(missing)] {
            await #expect(throws: StoreError(.unavailable, "")) {
                _ = try await AuthEnvironment.open(store: store, keys: keys)
            }
        }
        #expect(!FileManager.default.fileExists(atPath: missing))
    }
}

#if SQLite
extension SharedStage {
    /// Of a stage on SQLite.
    fileprivate var databasePath: String { String(place.words.dropFirst(7).dropLast(2)) }
}

/// Counts `fsync` and `fdatasync` of a child, by a library that is loaded before libc.
private struct SyncCounter {
    let environment: [String: String]
    private let report: String

    init(in folder: String) async throws {
        let (source, library) = (folder + "/syncs.c", folder + "/syncs.so")
        report = folder + "/syncs.txt"
        let code = """
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <stdio.h>
            #include <stdlib.h>
            static int count;
            int fsync(int file) { __sync_fetch_and_add(&count, 1); return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file); }
            int fdatasync(int file) { __sync_fetch_and_add(&count, 1); return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file); }
            __attribute__((destructor)) static void report(void) {
                FILE *out = fopen(getenv("SYNC_REPORT"), "w");
                if (out) { fprintf(out, "%d", count); fclose(out); }
            }
            """
        try code.write(toFile: source, atomically: true, encoding: .utf8)
        let result = try await Tool("cc").run(["-shared", "-fPIC", "-o", library, source, "-ldl"])
        try hold(result.status == 0, "the shim does not compile: \(result.output)")
        environment = ["LD_PRELOAD": library, "SYNC_REPORT": report]
    }

    func count() throws -> Int { Int(try String(contentsOfFile: report, encoding: .utf8)) ?? 0 }
}
#endif
