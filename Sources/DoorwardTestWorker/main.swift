// SPDX-License-Identifier: Apache-2.0

// The child process of tests that need several: does what its first line says, prints a line a result.

#if SQLite
import Doorward
import DoorwardSQLite
import DoorwardTesting
import Glibc

@_spi(Testing) import DoorwardPasswords

/// A line at once, not when a buffer is full: whoever reads it acts on it.
func print(_ line: String) {
    let text = line + "\n"
    _ = unsafe write(STDOUT_FILENO, text, text.utf8.count)
}

let words = (readLine() ?? "").split(separator: " ").map(String.init)
let jobs: [String: ([String]) async throws -> Void] = [
    "accept-once": acceptOnce, "sign-in": signInForEver, "hold-lock": holdLock, "check": check, "niceness": niceness,
]
guard let name = words.first, let job = jobs[name] else {
    print("unknown job")
    exit(2)
}
do { try await job(Array(words.dropFirst())) } catch {
    print("error \(error)")
    exit(1)
}

func gatekeeper(_ folder: String, synchronous: SQLiteStore.Writing.Synchronous = .full) async throws -> Gatekeeper {
    var writing = SQLiteStore.Writing()
    writing.synchronous = synchronous
    let store = try await SQLiteStore(
        at: folder + "/store.db", busyTimeout: .seconds(30), clock: .system, writing: writing)
    var configuration = GatekeeperConfiguration(hashingPool: HashingPool(.init(threads: 1)))
    configuration.argon2 = .insecureForTesting
    return Gatekeeper(
        try await .open(store: store, keys: .file(folder + "/keys"), retry: RetryPolicy(deadline: .seconds(60))),
        configuration: configuration)
}

/// `accept-once FOLDER honest|broken`, then an account and a one-time code a line: offers each, prints the verdict.
func acceptOnce(_ words: [String]) async throws {
    let honest = try await gatekeeper(words[0]).environment
    let environment =
        words[1] == "broken"
        ? try await AuthEnvironment.open(
            store: BrokenStore(.checksThenActs, on: honest.store), keys: .ring(honest.keys)) : honest
    let service = AuthenticatorService(environment, issuer: "Test")
    print("ready")
    while let line = readLine() {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 2, let account = Hex.decode(words[0]).flatMap({ AccountID(bytes: $0) }) else {
            continue
        }
        if case .accepted = try await service.verifyAndConsume(words[1], for: account) {
            print("accepted")
        } else {
            print("rejected")
        }
    }
}

/// `sign-in FOLDER NAME PASSWORD full|normal COUNT`: signs in again and again, prints each token once it is granted.
func signInForEver(_ words: [String]) async throws {
    let gatekeeper = try await gatekeeper(words[0], synchronous: words[3] == "normal" ? .normal : .full)
    let password = Password(words[2].split(separator: "_").joined(separator: " "))
    print("ready")
    for _ in 0..<(Int(words[4]) ?? 0) {
        guard case .granted(let signedIn) = try await gatekeeper.signIn(words[1], password: password) else {
            print("denied")
            continue
        }
        print("granted \(signedIn.token.revealed())")
    }
    print("done")
}

/// `niceness queue|direct`: the first task of this process is started by the answering thread of a queue, or by a thread
/// at nice 19 itself. Prints the highest nice value that tasks see afterwards.
func niceness(_ words: [String]) async throws {
    let highest = await withCheckedContinuation { continuation in
        let begin: @Sendable () -> Void = {
            Task.detached {
                let seen = await withTaskGroup(of: Int32.self) { group in
                    for _ in 0..<64 { group.addTask { getpriority(.init(PRIO_PROCESS.rawValue), 0) } }
                    return await group.reduce(into: Set()) { $0.insert($1) }
                }
                continuation.resume(returning: seen.max() ?? -1)
            }
        }
        if words[0] == "direct" {
            _ = startThread(named: "nice", niceness: 19, begin)
        } else {
            var settings = BatchQueue<Int, Int>.Configuration(name: "nice", threads: 2, capacity: 8)
            settings.niceness = 19
            let queue = BatchQueue<Int, Int>(settings) { $0 }
            Task.detached {
                if let place = queue.admit() {
                    _ = try? await queue.run(1, in: place, deadline: .now.advanced(by: .seconds(10)))
                }
                begin()
            }
        }
    }
    print("\(highest)")
}

/// `check FOLDER TOKEN`: prints whether the session is live.
func check(_ words: [String]) async throws {
    print(try await gatekeeper(words[0]).session(for: words[1]) == nil ? "over" : "live")
}

/// `hold-lock FOLDER`: keeps the write lock until standard input ends.
func holdLock(_ words: [String]) async throws {
    let lock = try WriteLock(path: words[0] + "/store.db")
    print("locked")
    _ = readLine()
    lock.release()
}
#else
print("the test worker needs the trait SQLite")
#endif
