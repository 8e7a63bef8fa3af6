// SPDX-License-Identifier: Apache-2.0

import Doorward
import DoorwardTesting
import Foundation
import Testing

/// Users of other systems, brought in with their hashes.
@Suite(.timeLimit(.minutes(10))) struct ImportTests {
    private func stored(_ stage: Stage, _ account: AccountID) async throws -> PasswordRecord? {
        let partition = stage.environment.partition(.account, account.bytes)
        return try await stage.environment.read([RecordKey(.passwords, in: partition, id: .only)], in: partition)
            .load(PasswordRecord.self)
    }

    @Test(arguments: StoreChoice.allCases)
    func theirPasswordsStayGoodAndAreHashedAnew(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        for (name, isWrapped) in [("alice", false), ("bob", true)] {
            let account = try await stage.bringIn(name, Stage.password, wrapping: isWrapped)
            _ = try await stage.signIn(name, Stage.otherPassword).denied()
            #expect(try await stored(stage, account)?.hash != nil)
            _ = try await stage.signedIn(name)
            guard case .own = try await stored(stage, account)?.hash else { throw Broken("not hashed anew") }
            _ = try await stage.signedIn(name)
            _ = try await stage.signIn(name, Stage.otherPassword).denied()
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func anImportCanBeRepeatedAndNeverTakesAName(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        let old = try Stage.oldHash(of: Stage.password)
        let alice = ImportedAccount(name: try LoginName("alice"), passwordHash: old)
        // Two importers at once: one account, and both say which.
        let outcomes = try await withThrowingTaskGroup(of: ImportOutcome.self) { group in
            for _ in 0..<4 { group.addTask { try await stage.gatekeeper.importAccount(alice) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let accounts = Set(
            outcomes.compactMap { outcome in
                switch outcome {
                case .imported(let account), .alreadyThere(let account): account
                default: nil
                }
            })
        #expect(accounts.count == 1)
        let imported = outcomes.count { if case .imported = $0 { true } else { false } }
        #expect(imported == 1)
        // Also after the hash was made anew; but not once the password was changed, or for somebody else.
        let token = try await stage.signedIn().token
        guard case .alreadyThere = try await stage.gatekeeper.importAccount(alice) else {
            throw Broken("not known again")
        }
        _ = try await stage.gatekeeper.changePassword(
            stage.fresh(token), current: Password(Stage.password), to: Password(Stage.otherPassword)
        ).done()
        #expect(try await stage.gatekeeper.importAccount(alice) == .nameTaken)
        _ = try await stage.signedIn("alice", Stage.otherPassword)
        _ = try await stage.register("bob")
        let bob = ImportedAccount(name: try LoginName("bob"), passwordHash: old)
        #expect(try await stage.gatekeeper.importAccount(bob) == .nameTaken)
    }

    @Test func whatTheTableSaysOfAnAccountHolds() async throws {
        let stage = try await Stage()
        let old = try Stage.oldHash(of: Stage.password)
        for account in [
            ImportedAccount(name: try LoginName("disabled"), passwordHash: old, isDisabled: true),
            ImportedAccount(name: try LoginName("changing"), passwordHash: old, mustChangePassword: true),
            ImportedAccount(name: try LoginName("empty"), passwordHash: nil),
        ] {
            guard case .imported = try await stage.gatekeeper.importAccount(account) else { throw Broken("refused") }
        }
        _ = try await stage.signIn("disabled").denied()
        _ = try await stage.signIn("empty").denied()
        let pending = try await stage.signIn("changing").pending()
        #expect(pending.needs == .newPassword)
        let changed = try await stage.gatekeeper.changePassword(pending.token, to: Password(Stage.otherPassword))
        _ = try changed.done()
        _ = try await stage.signedIn("changing", Stage.otherPassword)
    }

    @Test(arguments: StoreChoice.allCases)
    func wrappingLeavesNoOldHashAndEveryPasswordGood(_ choice: StoreChoice) async throws {
        let stage = try await Stage(choice)
        var accounts: [AccountID] = []
        for number in 0..<70 { accounts.append(try await stage.bringIn("user\(number)", Stage.password)) }
        _ = try await stage.register("own")
        _ = try await stage.signedIn("user7")
        #expect(try await stage.gatekeeper.wrapOldHashes() == 69)
        #expect(try await stage.gatekeeper.wrapOldHashes() == 0)
        for account in accounts {
            if case .old = try await stored(stage, account)?.hash { throw Broken("an old hash is left") }
        }
        for number in [0, 7, 69] {
            _ = try await stage.signIn("user\(number)", Stage.otherPassword).denied()
            _ = try await stage.signedIn("user\(number)")
        }
    }

    typealias Replace = @Sendable (Stage, StoredHash, StoredHash, Partition) async throws -> Bool

    /// A hash is being made of the old password while the password is changed.
    static func changeDuringARehash(_ choice: StoreChoice, replace: Replace) async throws {
        let stage = try await Stage(choice)
        let account = try await stage.bringIn("alice", Stage.password)
        let token = try await stage.signedIn().token
        let partition = stage.environment.partition(.account, account.bytes)
        let key = RecordKey(.passwords, in: partition, id: .only)
        let known = try unwrap(
            try await stage.environment.read([key], in: partition).load(PasswordRecord.self)?.hash)
        let hasher = stage.gatekeeper.hasher
        let late = StoredHash.own(try await hasher.hash(Password(Stage.password)))
        _ = try await stage.gatekeeper.changePassword(
            stage.fresh(token), current: Password(Stage.password), to: Password(Stage.otherPassword)
        ).done()
        let isReplaced = try await replace(stage, known, late, partition)
        let isOldGood = if case .granted = try await stage.signIn() { true } else { false }
        try hold(!isOldGood && !isReplaced, "a late rehash brought the old password back")
        _ = try await stage.signedIn("alice", Stage.otherPassword)
    }

    @Test(arguments: StoreChoice.allCases)
    func aRehashNeverUndoesAChangeOfThePassword(_ choice: StoreChoice) async throws {
        try await Self.changeDuringARehash(choice) { stage, known, hash, partition in
            try await stage.gatekeeper.replace(known, by: hash, in: partition)
        }
    }

    @Test(arguments: StoreChoice.allCases)
    func storingALateHashWhateverIsThereWouldBeCaught(_ choice: StoreChoice) async throws {
        await expectCaught(by: "a late rehash brought the old password back") {
            try await Self.changeDuringARehash(choice) { stage, _, hash, partition in
                try await stage.environment.transact(
                    in: partition, reading: [RecordKey(.passwords, in: partition, id: .only)]
                ) { work, _ throws(StoreError) in
                    guard var record = try work.load(PasswordRecord.self) else { return false }
                    record.hash = hash
                    work.put(record)
                    return true
                }
            }
        }
    }

    // MARK: Made by other systems, here and now

    private static let makers: [(name: String, program: String)] = [
        ("bcrypt", "import bcrypt; print(bcrypt.hashpw(p.encode(), bcrypt.gensalt(5)).decode())"),
        ("argon2-cffi", "import argon2; print(argon2.PasswordHasher(memory_cost=64).hash(p))"),
        (
            "passlib",
            """
            import passlib.hash as h
            for name, kw in (("pbkdf2_sha256", {}), ("pbkdf2_sha512", {}), ("scrypt", {"rounds": 8}),
                             ("sha512_crypt", {"rounds": 1500}), ("sha256_crypt", {"rounds": 1500}),
                             ("bcrypt", {"rounds": 4, "ident": "2y"}), ("argon2", {"memory_cost": 64, "rounds": 1})):
                print(getattr(h, name).using(**kw).hash(p))
            """
        ),
        (
            "django",
            """
            import django
            from django.conf import settings
            settings.configure()
            django.setup()
            from django.contrib.auth.hashers import make_password
            for kind in ("pbkdf2_sha256", "pbkdf2_sha1"): print(make_password(p, hasher=kind))
            """
        ),
        (
            "werkzeug",
            """
            from werkzeug.security import generate_password_hash
            for method in ("pbkdf2:sha256:1000", "pbkdf2:sha512:1000"): print(generate_password_hash(p, method=method))
            """
        ),
    ]

    private func check(_ hashes: [String], of password: String) async throws {
        let stage = try await Stage()
        for (number, text) in hashes.enumerated() {
            let name = "user\(number)"
            let account = ImportedAccount(name: try LoginName(name), passwordHash: try OldHash(parsing: text))
            guard case .imported(let id) = try await stage.gatekeeper.importAccount(account) else {
                throw Broken("\(text) was not brought in")
            }
            _ = try await stage.signIn(name, password + "!").denied()
            _ = try await stage.signedIn(name, password)
            guard case .own = try await stored(stage, id)?.hash else { throw Broken("\(text) was not hashed anew") }
            _ = try await stage.signedIn(name, password)
        }
    }

    #if LegacyCrypt
    @Test(.enabled(if: Tool.isExpected("python3")), arguments: makers.map(\.name))
    func hashesMadeInPythonSignInAndAreUpgraded(_ maker: String) async throws {
        // Debian's own Python, which has Debian's own packages.
        let debians = "/usr/bin/python3"
        let python = FileManager.default.isExecutableFile(atPath: debians) ? debians : "python3"
        let probe = try await Tool.run(python, ["-c", "import \(maker.split(separator: "-")[0])"], input: nil)
        guard probe.status == 0 else {
            #expect(ProcessInfo.processInfo.environment["CI"] != "true", "\(maker) is not installed")
            return
        }
        let password = "pässwörd of a former life €"
        let program = try unwrap(Self.makers.first { $0.name == maker }).program
        let made = try await Tool.run(python, ["-c", "import sys\np = sys.argv[1]\n" + program, password], input: nil)
        let hashes = made.output.split(separator: "\n").map(String.init)
        #expect(made.status == 0 && !hashes.isEmpty)
        try await check(hashes, of: password)
    }

    @Test(.enabled(if: Tool.isExpected("mkpasswd") && Tool.isExpected("openssl")))
    func hashesOfMkpasswdAndOpenSSLSignInAndAreUpgraded() async throws {
        let password = "pässwörd of a former life €"
        var hashes: [String] = []
        for method in ["yescrypt", "sha-512", "sha-256", "bcrypt", "bcrypt-a"] {
            hashes.append(try await Tool("mkpasswd").run(["-m", method, "-s"], input: password).output)
        }
        for kind in ["-5", "-6"] {
            hashes.append(try await Tool("openssl").run(["passwd", kind, "-stdin"], input: password).output)
        }
        try await check(hashes.map { $0.trimmingCharacters(in: .newlines) }, of: password)
    }
    #endif
}
