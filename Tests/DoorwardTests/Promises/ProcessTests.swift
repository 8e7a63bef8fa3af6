// SPDX-License-Identifier: Apache-2.0

#if SQLite
import Doorward
import DoorwardSQLite
import DoorwardTesting
import Foundation
import Glibc
import Testing

/// What several processes on one file, crashes and locks must not break.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ProcessTests {
    static let isSoak = ProcessInfo.processInfo.environment["DOORWARD_SOAK"] != nil

    // MARK: P1

    /// Eight processes offer one code each round: one is accepted.
    static func acceptOnce(_ variant: String, rounds: UInt64) async throws {
        let stage = try await FileStage()
        let service = AuthenticatorService(stage.gatekeeper.environment, issuer: "Test")
        let account = AccountID(from: SystemRandomSource())
        guard
            case .success(let enrollment) = try await service.beginEnrollment(
                for: account, accountName: "alice", settings: .init(type: .hotp(counter: 0)))
        else { throw Broken("not enrolled") }
        let device = VirtualAuthenticator(enrollment)
        _ = try await service.confirm(device.id, for: account, by: device.code(counter: 0))
        var workers: [Worker] = []
        for _ in 0..<8 { workers.append(try Worker("accept-once \(stage.folder.path) \(variant)")) }
        for worker in workers { try hold(await worker.next() == "ready", "a worker did not start") }
        for round in 1...rounds {
            let line = "\(account) \(device.code(counter: round))"
            for worker in workers { worker.send(line) }
            var accepted = 0
            for worker in workers {
                let verdict = try unwrap(await worker.next(), "a worker died")
                try hold(!verdict.hasPrefix("error"), verdict)
                if verdict == "accepted" { accepted += 1 }
            }
            try hold(accepted == 1, "round \(round): \(accepted) of 8 processes were accepted")
        }
    }

    @Test func aCodeIsAcceptedOnceOf8Processes() async throws { try await Self.acceptOnce("honest", rounds: 200) }

    @Test(.enabled(if: isSoak)) func soakACodeIsAcceptedOnceOf8Processes5000Times() async throws {
        try await Self.acceptOnce("honest", rounds: 5000)
    }

    @Test func readThenWriteWouldBeCaughtAcrossProcesses() async throws {
        await #expect(throws: Broken.self) { try await Self.acceptOnce("broken", rounds: 200) }
    }

    // MARK: P8

    /// Kills a process that signs in, at a random moment, and looks at what it leaves.
    static func crash(times: Int) async throws -> Int {
        let stage = try await FileStage()
        var acknowledged = 0
        for round in 0..<times {
            let name = "user\(round)"
            _ = try await stage.gatekeeper.register(name, password: Password(Stage.password))
            let password = Stage.password.replacing(" ", with: "_")
            let worker = try Worker("sign-in \(stage.folder.path) \(name) \(password) full 1000")
            try hold(await worker.next() == "ready", "a worker did not start")
            var tokens: [SessionToken] = []
            for _ in 0..<Int.random(in: 0...6) {
                let line = try unwrap(await worker.next(), "a worker died")
                guard line.hasPrefix("granted "), let token = SessionToken(String(line.dropFirst(8))) else {
                    throw Broken(line)
                }
                tokens.append(token)
            }
            // Somewhere in the next sign-in.
            let end = ContinuousClock.now.advanced(by: .microseconds(Int.random(in: 0...3000)))
            while ContinuousClock.now < end {}
            worker.killNow()
            await worker.ended()
            while let line = await worker.next() {
                if let token = SessionToken(String(line.dropFirst(8))) { tokens.append(token) }
            }
            acknowledged += tokens.count
            try await examine(stage, name, tokens)
        }
        return acknowledged
    }

    private static func examine(_ stage: FileStage, _ name: String, _ tokens: [SessionToken]) async throws {
        // Another process would open the file anew.
        let survivor = try await FileStage(stage.folder)
        for token in tokens.suffix(SessionPolicy.seats) {
            let session = try await survivor.gatekeeper.session(for: token)
            try hold(session != nil, "an acknowledged sign-in is lost")
        }
        // No half commit: seats and sessions agree.
        let status = try unwrap(try await survivor.gatekeeper.status(of: name), "the account is lost")
        let environment = survivor.gatekeeper.environment
        let partition = environment.partition(.account, status.account.bytes)
        let now = SystemWallClock().now()
        let sessions = try await environment.store.list(.sessions, in: partition, after: nil, limit: 100, at: now)
        let work = try await environment.read([RecordKey(.seats, in: partition, id: .only)], in: partition)
        let seats = try Seats.owned(by: status.account, in: work).seats
        try hold(Set(seats.map(\.id)) == Set(sessions.map(\.key.id)), "seats and sessions disagree")
        // Nothing is stuck.
        let outcome = try await survivor.gatekeeper.signIn(name, password: Password(Stage.password))
        try hold(outcome.isGranted, "nobody can sign in after a crash")
    }

    @Test func nothingAcknowledgedIsLostByKillingTheProcess200Times() async throws {
        let acknowledged = try await Self.crash(times: 200)
        #expect(acknowledged > 100)
    }

    @Test(.enabled(if: isSoak)) func soakNothingIsLostByKillingTheProcess5000Times() async throws {
        let acknowledged = try await Self.crash(times: 5000)
        print("5000 kills, \(acknowledged) acknowledged sign-ins, none lost")
    }

    /// Counts the syncs of a process that signs in, by a shim before libc.
    static func syncs(_ synchronous: String) async throws {
        let stage = try await FileStage()
        _ = try await stage.gatekeeper.register("alice", password: Password(Stage.password))
        let shim = try await SyncCounter(in: stage.folder.path)
        let password = Stage.password.replacing(" ", with: "_")
        let worker = try Worker(
            "sign-in \(stage.folder.path) alice \(password) \(synchronous) 100", environment: shim.environment)
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
        await #expect(throws: Broken.self) { try await Self.syncs("normal") }
    }

    // MARK: P7

    /// Root hides what this is about: libdispatch resets the priority there.
    @Test(.enabled(if: geteuid() != 0)) func noTaskEverRunsAtTheNiceValueOfAHashThread() async throws {
        let (queue, direct) = (try Worker("niceness queue"), try Worker("niceness direct"))
        #expect(await queue.next() == "0")
        // The planted fault: a thread at nice 19 that resumes by itself.
        #expect(await direct.next() == "19")
    }

    // MARK: Locks and files

    @Test func aWriteLockHeldPastTheDeadlineIsUnavailableAndPassesWithIt() async throws {
        let stage = try await FileStage(busyTimeout: .milliseconds(20))
        _ = try await stage.gatekeeper.register("alice", password: Password(Stage.password))
        let token = try await stage.gatekeeper.signIn("alice", password: Password(Stage.password)).granted().token
        let worker = try Worker("hold-lock \(stage.folder.path)")
        #expect(await worker.next() == "locked")
        do {
            _ = try await stage.gatekeeper.signIn("alice", password: Password(Stage.password))
            Issue.record("a sign-in went through a lock")
        } catch let error {
            #expect(error.code == .unavailable)
        }
        // Reads wait for nobody.
        #expect(try await stage.gatekeeper.session(for: token) != nil)
        worker.send("release")
        await worker.ended()
        #expect(try await stage.gatekeeper.signIn("alice", password: Password(Stage.password)).isGranted)
    }

    /// A second handle must not drop the locks of the first: another process would take the log away when it ends.
    @Test func twoHandlesInOneProcessKeepTheirLogWhenAnotherProcessComesAndGoes() async throws {
        let stage = try await FileStage()
        _ = try await stage.gatekeeper.register("alice", password: Password(Stage.password))
        let second = try await FileStage(stage.folder)
        let password = Stage.password.replacing(" ", with: "_")
        let worker = try Worker("sign-in \(stage.folder.path) alice \(password) full 1")
        while await worker.next() != nil {}
        await worker.ended()
        #expect(FileManager.default.fileExists(atPath: stage.folder.path + "/store.db-wal"))
        let token = try await second.gatekeeper.signIn("alice", password: Password(Stage.password)).granted().token
        // What is acknowledged now is seen by whoever comes next.
        let next = try Worker("check \(stage.folder.path) \(token.revealed())")
        #expect(await next.next() == "live")
    }

    @Test func aForeignKeyRingAndAMissingOneAreUnavailable() async throws {
        let stage = try await FileStage()
        let path = stage.folder.path
        let store = try await SQLiteStore(at: path + "/store.db")
        for keys in [KeySource.ring(KeyRing()), .file(path + "/other-keys")] {
            await #expect(throws: StoreError(.unavailable, "")) {
                _ = try await AuthEnvironment.open(store: store, keys: keys)
            }
        }
        #expect(!FileManager.default.fileExists(atPath: path + "/other-keys"))
    }
}

/// A gatekeeper on a file, with its key ring beside it, as a real service has.
struct FileStage {
    let folder: TemporaryFolder
    let gatekeeper: Gatekeeper

    init(_ folder: TemporaryFolder? = nil, busyTimeout: Duration = .seconds(30)) async throws {
        let folder = try folder ?? TemporaryFolder()
        self.folder = folder
        let store = try await SQLiteStore(at: folder.path + "/store.db", busyTimeout: busyTimeout)
        var configuration = GatekeeperConfiguration(hashingPool: HashingPool(.init(threads: 1)))
        configuration.argon2 = .forTests
        gatekeeper = Gatekeeper(
            try await .open(store: store, keys: .file(folder.path + "/keys")), configuration: configuration)
    }
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
