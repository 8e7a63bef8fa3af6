// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Testing

/// P9, no traps: mutated rows, wild clocks and hostile input end in an answer or a typed error.
@Suite(.timeLimit(.minutes(10))) struct NoTrapTests {
    @Test func tenThousandMutatedRowsEndInAnAnswerOrATypedError() async throws {
        try await Self.mutatedRows(10_000) { $0 }
    }

    /// The planted fault: a reader that takes a record's length on trust.
    @Test func aReaderThatTrustsLengthsWouldBeCaught() async {
        await #expect(processExitsWith: .failure) {
            try await NoTrapTests.mutatedRows(2000) { Trusting(base: $0) }
        }
    }

    static func mutatedRows(_ rounds: Int, wrap: (any AuthStore) -> any AuthStore) async throws {
        let random = SeededRandomSource(seed: 9)
        var generator: any RandomNumberGenerator = random
        let stage = try await Stage(retry: .brief)
        let (token, device) = try await stage.enrolled()
        let made = try await stage.gatekeeper.generateRecoveryCodes(stage.fresh(token)).done()
        let known = try await stage.gatekeeper.rememberDevice(stage.fresh(made.signedIn.token)).done()
        _ = try await stage.signIn("alice", Stage.otherPassword)
        _ = try await stage.gatekeeper.signIn("alice", password: Password(Stage.otherPassword), device: known)
        let pending = try await stage.signIn().pending()
        // What was sent, and where to.
        _ = try await stage.gatekeeper.requestAddressConfirmation(
            stage.fresh(made.signedIn.token), "alice@example.org"
        ).done()
        let code = try unwrap(await stage.postbox.take(stage.gatekeeper).first?.code)
        _ = try await stage.gatekeeper.confirmAddress(
            made.signedIn.token, "alice@example.org", code: code.revealed()
        ).done()
        let reset = try await stage.resetToken("alice")
        let records = try await stage.store.scan(after: nil, limit: 1000).filter { $0.key.partition != .store }
        var (answered, refused) = (0, 0)
        for round in 0..<rounds {
            let victim = records[round % records.count]
            let mutated = mutate(victim.value, &generator)
            let gatekeeper = Gatekeeper(
                try await stage.reopened { wrap(Mutated(base: $0, key: victim.key, value: mutated)) },
                configuration: stage.gatekeeper.configuration)
            do {
                switch round % 13 {
                case 0: _ = try await gatekeeper.signIn("alice", password: Password(Stage.password))
                case 1: _ = try await gatekeeper.finish(pending.token, with: .code("123456"))
                case 2: _ = try await gatekeeper.finish(pending.token, with: .code(made.codes[1].revealed()))
                case 3: _ = try await gatekeeper.session(for: made.signedIn.token)
                case 4: _ = try await gatekeeper.sessions(of: made.signedIn.token)
                case 5: _ = try await gatekeeper.authenticators(of: made.signedIn.token)
                case 6: _ = try await gatekeeper.freshAuthentication(of: made.signedIn.token)
                case 7: _ = try await gatekeeper.status(of: "alice")
                case 8: _ = try await gatekeeper.resetPassword(reset, to: Password("short"))
                case 9: _ = try await gatekeeper.address(of: made.signedIn.token)
                case 10:
                    _ = try await gatekeeper.confirmAddress(
                        made.signedIn.token, "alice@example.org", code: code.revealed())
                case 11: _ = try await gatekeeper.devices(of: made.signedIn.token)
                default: _ = try await gatekeeper.signIn("alice", password: Password(Stage.password), device: known)
                }
                answered += 1
            } catch let error {
                #expect(error.code == .unavailable)
                refused += 1
            }
        }
        _ = device
        // The mutations reach the code: many are noticed, and many flow through.
        #expect(answered > rounds / 10 && refused > rounds / 10)
    }

    private static func mutate(_ bytes: [UInt8], _ random: inout any RandomNumberGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let at = Int.random(in: 0...max(0, bytes.count - 1), using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes = Array(bytes.prefix(at))
            case 1: bytes.insert(.random(in: 0...255, using: &random), at: min(at, bytes.count))
            case 2 where !bytes.isEmpty: bytes[at] = .random(in: 0...255, using: &random)
            case 3 where !bytes.isEmpty: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            // The largest numbers that a head can say.
            case 4: bytes.insert(contentsOf: [0x1B] + [UInt8](repeating: 0xFF, count: 8), at: min(at, bytes.count))
            default: bytes.insert(contentsOf: [0x3B] + [UInt8](repeating: 0x7F, count: 8), at: min(at, bytes.count))
            }
            if bytes.isEmpty { break }
        }
        return bytes
    }

    @Test(arguments: [Int64.min, -1, 0, 1, 1 << 31, (1 << 53) + 1, .max - 1, .max])
    func aWildClockEndsInAnAnswerOrATypedError(_ milliseconds: Int64) async throws {
        let clock = ManualClock()
        let stage = try await Stage(retry: .brief, clock: clock)
        let (token, device) = try await stage.enrolled()
        let pending = try await stage.signIn().pending()
        clock.set(Timestamp(milliseconds: milliseconds))
        let gatekeeper = stage.gatekeeper
        _ = try? await gatekeeper.session(for: token)
        _ = try? await gatekeeper.finish(pending.token, with: .code(device.code(at: clock.now())))
        for _ in 0..<7 { _ = try? await gatekeeper.signIn("alice", password: Password(Stage.otherPassword)) }
        _ = try? await gatekeeper.signIn("alice", password: Password(Stage.password))
        _ = try? await gatekeeper.freshAuthentication(of: token)
        _ = try? await gatekeeper.regenerate(token)
        _ = try? await gatekeeper.status(of: "alice")
        _ = "\(clock.now())"
        // Back in the present nothing is locked for longer than an hour, and nothing from the future is accepted.
        clock.set(ManualClock().now().advanced(by: .seconds(120)))
        _ = try await gatekeeper.signIn("alice", password: Password(Stage.password))
        if let status = try await gatekeeper.status(of: "alice"), let rest = status.retryAfter {
            #expect(rest <= .seconds(3600))
        }
        clock.advance(by: .seconds(3600))
        let outcome = try await gatekeeper.signIn("alice", password: Password(Stage.password))
        #expect(!outcome.isDenied)
    }

    @Test func hostileInputEndsInAnAnswer() async throws {
        let stage = try await Stage()
        _ = try await stage.register()
        let long = String(repeating: "9", count: 1_000_000)
        let grapheme = "a" + String(repeating: "\u{301}", count: 500_000)
        let names = [
            "", " ", "\0", "\u{202E}alice", "а\u{6C}ice", long, grapheme, "a\nb", String(repeating: "a", count: 300),
        ]
        for name in names {
            if case .registered = try await stage.gatekeeper.register(name, password: Password(Stage.password)) {
                Issue.record("a hostile name was registered")
            }
            #expect(try await stage.signIn(name).isDenied)
        }
        for password in ["", long, grapheme, "\0"] {
            #expect(try await stage.signIn("alice", password).isDenied)
            stage.clock.advance(by: .seconds(3600))
        }
        let (_, device) = try await stage.enrolled("bob")
        let right = device.code(at: stage.clock.now())
        let fullWidth = String(
            right.unicodeScalars.compactMap { Unicode.Scalar($0.value + 0xFEE0) }.map(Character.init))
        for code in [
            "", long, " \(right)", "\(right)\n", "+\(right.dropFirst())", fullWidth, "٠١٢٣٤٥", "-12345", "1e5000",
        ] {
            let pending = try await stage.signIn("bob").pending()
            #expect(try await stage.gatekeeper.finish(pending.token, with: .code(code)).isDenied)
            stage.clock.advance(by: .seconds(3600))
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func aSealedSecretMovedToAnotherAccountIsUnavailable(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        _ = try await stage.enrolled("alice")
        _ = try await stage.enrolled("bob")
        let records = try await stage.store.scan(after: nil, limit: 1000).filter { $0.key.kind == .authenticators }
        // Bob's secret, in Alice's record, under Alice's name.
        var alices = try AuthenticatorsRecord(stored: records[0].value)
        let bobs = try AuthenticatorsRecord(stored: records[1].value)
        alices.entries[0].sealedSecret = bobs.entries[0].sealedSecret
        let version = CommitID(from: stage.random)
        _ = try await stage.store.commit(
            version, [.replace(records[0].key, at: records[0].version, value: alices.encoded(), expiresAt: nil)],
            at: stage.clock.now())
        var unavailable = 0
        for name in ["alice", "bob"] {
            let pending = try await stage.signIn(name).pending()
            do {
                #expect(try await stage.gatekeeper.finish(pending.token, with: .code("123456")).isDenied)
            } catch let error {
                #expect(error.code == .unavailable)
                unavailable += 1
            }
        }
        #expect(unavailable == 1)
    }

    @Test func aRecordOfAnotherAccountIsUnavailable() async throws {
        let stage = try await Stage()
        _ = try await stage.register("alice")
        _ = try await stage.register("bob", Stage.otherPassword)
        let records = try await stage.store.scan(after: nil, limit: 1000).filter { $0.key.kind == .passwords }
        _ = try await stage.store.commit(
            CommitID(from: stage.random),
            [.replace(records[0].key, at: records[0].version, value: records[1].value, expiresAt: nil)],
            at: stage.clock.now())
        // Neither password opens the account whose record was exchanged.
        var granted = 0
        for name in ["alice", "bob"] {
            for password in [Stage.password, Stage.otherPassword] {
                if try await stage.signIn(name, password).isGranted { granted += 1 }
            }
        }
        #expect(granted == 1)
    }
}

/// Shows one record with another value.
private struct Mutated: StoreWrapper {
    let base: any AuthStore
    let key: RecordKey
    let value: [UInt8]

    func read(_ keys: [RecordKey], at now: Timestamp) async throws(StoreError) -> [StoredRecord?] {
        try await base.read(keys, at: now).map { record in
            guard let record, record.key == key else { return record }
            return StoredRecord(key: key, value: value, version: record.version, expiresAt: record.expiresAt)
        }
    }

    /// What the rounds do stays without effect, so that each begins alike.
    func commit(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp)
        async throws(StoreError) -> CommitOutcome
    {
        .committed
    }
}

/// Takes the length of the first field as it is written, whether so many bytes are there or not.
private struct Trusting: StoreWrapper {
    let base: any AuthStore

    func read(_ keys: [RecordKey], at now: Timestamp) async throws(StoreError) -> [StoredRecord?] {
        let records = try await base.read(keys, at: now)
        for case let record? in records where record.value.count > 2 && record.value[2] >> 5 == 2 {
            let length = Int(record.value[2] & 31)
            _ = Array(record.value[3..<3 + length])
        }
        return records
    }
}
