// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Glibc

#if SQLite
import DoorwardSQLite
#endif

/// `serve PLACE honest|FLAW`: a store for others to call.
func serve(_ words: [String]) async throws {
    let store = try await Place(words).store()
    await ProcessStore.serve(BrokenStore.Flaw(rawValue: words[3]).map { BrokenStore($0, on: store) } ?? store)
}

/// `accept-once PLACE honest|FLAW`, then a line each: `code ACCOUNT CODE`, `recovery ACCOUNT CODE` or `pending TOKEN
/// CODE`. Offers it, prints the verdict.
func acceptOnce(_ words: [String]) async throws {
    let gatekeeper = try await Place(words).gatekeeper { store in
        BrokenStore.Flaw(rawValue: words[3]).map { BrokenStore($0, on: store) } ?? store
    }
    let authenticators = AuthenticatorService(gatekeeper.environment, issuer: "Test")
    let recovery = RecoveryCodeService(gatekeeper.environment)
    ChildProcess.say("ready")
    for await line in ChildProcess.lines(of: STDIN_FILENO) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 3 else { continue }
        let account = Hex.decode(words[1]).flatMap { AccountID(bytes: $0) }
        var isAccepted = false
        switch (words[0], account) {
        case ("code", let account?):
            if case .accepted = try await authenticators.verifyAndConsume(words[2], for: account) { isAccepted = true }
        case ("recovery", let account?):
            if let code = RecoveryCode(words[2]) { isAccepted = try await recovery.redeem(code, for: account) }
        case ("pending", _):
            if let token = PendingSignInToken(words[1]),
                case .granted = try await gatekeeper.finish(token, with: .code(words[2]))
            {
                isAccepted = true
            }
        default: break
        }
        ChildProcess.say(isAccepted ? "accepted" : "rejected")
    }
}

/// `guess PLACE honest|FLAW`, then lines `NAME COUNT`: that many wrong passwords at once, prints how many were verified.
func guess(_ words: [String]) async throws {
    let events = EventRecorder()
    let gatekeeper = try await Place(words).gatekeeper(events: [events]) { store in
        BrokenStore.Flaw(rawValue: words[3]).map { BrokenStore($0, on: store) } ?? store
    }
    // Of a name that is nobody's, a dummy is verified.
    func verified() -> Int { events.events.count { $0.reason == .wrongPassword || $0.reason == .unknownName } }
    ChildProcess.say("ready")
    for await line in ChildProcess.lines(of: STDIN_FILENO) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 2, let count = Int(words[1]) else { continue }
        let before = verified()
        try await withThrowingTaskGroup { group in
            for number in 0..<count {
                group.addTask {
                    do {
                        let guess = Password("a wrong guess \(number)")
                        if case .granted = try await gatekeeper.signIn(words[0], password: guess) {
                            ChildProcess.say("granted")
                        }
                    } catch let error as GatekeeperError {
                        // Beyond the queue a guess is not looked at.
                        guard error.code == .overloaded else { throw error }
                    }
                }
            }
            try await group.waitForAll()
        }
        ChildProcess.say("\(verified() - before)")
    }
}

/// `sign-in PLACE NAME PASSWORD full|normal|FLAW COUNT AT-ONCE`: signs in again and again, prints each token once it is
/// granted.
func signInForEver(_ words: [String]) async throws {
    let gatekeeper = try await Place(words).gatekeeper(isSynchronous: words[5] != "normal") { store in
        BrokenStore.Flaw(rawValue: words[5]).map { BrokenStore($0, on: store) } ?? store
    }
    let password = Password(words[4].split(separator: "_").joined(separator: " "))
    ChildProcess.say("ready")
    try await withThrowingTaskGroup { group in
        for _ in 0..<(Int(words[7]) ?? 1) {
            group.addTask {
                for _ in 0..<(Int(words[6]) ?? 0) {
                    guard case .granted(let signedIn) = try await gatekeeper.signIn(words[3], password: password)
                    else {
                        ChildProcess.say("denied")
                        continue
                    }
                    ChildProcess.say("granted \(signedIn.token.revealed())")
                }
            }
        }
        try await group.waitForAll()
    }
    ChildProcess.say("done")
}

/// `check PLACE TOKEN`: prints whether the session is live.
func check(_ words: [String]) async throws {
    ChildProcess.say(try await Place(words).gatekeeper().session(for: words[3]) == nil ? "over" : "live")
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
    ChildProcess.say("\(highest)")
}

#if SQLite
/// `hold-lock PLACE`: keeps the write lock until standard input ends.
func holdLock(_ words: [String]) async throws {
    let lock = try WriteLock(path: String(Place(words).url.dropFirst(7)))
    ChildProcess.say("locked")
    _ = readLine()
    lock.release()
}
#endif
