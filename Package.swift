// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let strict: [SwiftSetting] =
    Context.environment["DOORWARD_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)]

let settings: [SwiftSetting] =
    strict + [
        .strictMemorySafety(),
        .enableUpcomingFeature("ExistentialAny"),  // SE-0335
        .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
        .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
        .enableUpcomingFeature("InferIsolatedConformances"),  // SE-0470
    ]

let swiftLog = Target.Dependency.product(name: "Logging", package: "swift-log")
let testing: [Target.Dependency] = ["DoorwardTesting"]

let package = Package(
    name: "doorward",
    products: [
        .library(name: "Doorward", targets: ["Doorward"]),
        .library(name: "DoorwardCore", targets: ["DoorwardCore"]),
        .library(name: "DoorwardPasswords", targets: ["DoorwardPasswords"]),
        .library(name: "DoorwardOTP", targets: ["DoorwardOTP"]),
        .library(name: "DoorwardSessions", targets: ["DoorwardSessions"]),
        .library(name: "DoorwardLockout", targets: ["DoorwardLockout"]),
        .library(name: "DoorwardAudit", targets: ["DoorwardAudit"]),
        .library(name: "DoorwardSQLite", targets: ["DoorwardSQLite"]),
        .library(name: "DoorwardPostgreSQL", targets: ["DoorwardPostgreSQL"]),
        .library(name: "DoorwardRedis", targets: ["DoorwardRedis"]),
        .library(name: "DoorwardTesting", targets: ["DoorwardTesting"]),
        .executable(name: "doorward", targets: ["DoorwardCLI"]),
    ],
    traits: [
        .trait(name: "SQLite", description: "The SQLite store (needs libsqlite3-dev; brings GRDB)."),
        .trait(name: "PostgreSQL", description: "The PostgreSQL store (needs libpq-dev)."),
        .trait(name: "Redis", description: "The Redis store (needs libhiredis-dev)."),
        .trait(name: "CommandLineTool", description: "The doorward command (brings swift-argument-parser)."),
        .trait(name: "QRCode", description: "QR codes of provisioning URIs (needs libqrencode-dev)."),
        .trait(name: "LegacyCrypt", description: "bcrypt, sha-crypt and yescrypt of old tables (needs libcrypt-dev)."),
        .trait(name: "Metrics", description: "Counts security events with swift-metrics."),
        .trait(name: "Zxcvbn", description: "Estimates of passwords, as advice (needs libzxcvbn-dev)."),
        .default(enabledTraits: ["SQLite", "CommandLineTool"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.5.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.5.0"),
        // Linux is not among the systems that GRDB is tested on, so our conformance suite vouches for this version.
        .package(url: "https://github.com/groue/GRDB.swift.git", exact: "7.10.0"),
    ],
    targets: [
        // C libraries. No pkgConfig: it warns or misleads where the link line alone is enough.
        .systemLibrary(name: "CLibcrypto"),
        .systemLibrary(name: "CArgon2"),
        // Our own Argon2, in C. Without unsafe flags: functions say which processor they are for.
        .target(name: "CArgon2SIMD"),
        .systemLibrary(name: "CQREncode"),
        .systemLibrary(name: "CLibpq"),
        .systemLibrary(name: "CHiredis"),
        .systemLibrary(name: "CCrypt"),
        .systemLibrary(name: "CZxcvbn"),
        .systemLibrary(name: "CDoorwardSystem"),

        .target(
            name: "DoorwardCore",
            dependencies: [
                "CLibcrypto", "CDoorwardSystem", swiftLog,
                .product(name: "Metrics", package: "swift-metrics", condition: .when(traits: ["Metrics"])),
            ],
            swiftSettings: settings),

        // Feature modules: each stands on Core alone.
        .target(
            name: "DoorwardPasswords",
            dependencies: [
                "DoorwardCore", "CArgon2", "CArgon2SIMD",
                .target(name: "CCrypt", condition: .when(traits: ["LegacyCrypt"])),
                .target(name: "CZxcvbn", condition: .when(traits: ["Zxcvbn"])),
            ],
            swiftSettings: settings),
        .target(
            name: "DoorwardOTP",
            dependencies: ["DoorwardCore", .target(name: "CQREncode", condition: .when(traits: ["QRCode"]))],
            swiftSettings: settings),
        .target(name: "DoorwardSessions", dependencies: ["DoorwardCore"], swiftSettings: settings),
        .target(name: "DoorwardLockout", dependencies: ["DoorwardCore"], swiftSettings: settings),
        .target(name: "DoorwardAudit", dependencies: ["DoorwardCore"], swiftSettings: settings),

        .target(
            name: "Doorward",
            dependencies: [
                "DoorwardCore", "DoorwardPasswords", "DoorwardOTP", "DoorwardSessions", "DoorwardLockout",
                "DoorwardAudit",
            ],
            swiftSettings: settings),

        // Stores.
        .target(
            name: "DoorwardSQLite",
            dependencies: [
                "DoorwardCore",
                .product(name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["SQLite"])),
                .product(name: "GRDBSQLite", package: "GRDB.swift", condition: .when(traits: ["SQLite"])),
            ],
            swiftSettings: settings),

        .target(
            name: "DoorwardPostgreSQL",
            dependencies: ["DoorwardCore", .target(name: "CLibpq", condition: .when(traits: ["PostgreSQL"]))],
            swiftSettings: settings),
        .target(
            name: "DoorwardRedis",
            dependencies: ["DoorwardCore", .target(name: "CHiredis", condition: .when(traits: ["Redis"]))],
            swiftSettings: settings),

        // Opens a store by its URL, for the command line and the tests; no product.
        .target(
            name: "DoorwardStores",
            dependencies: [
                "DoorwardCore",
                .target(name: "DoorwardSQLite", condition: .when(traits: ["SQLite"])),
                .target(name: "DoorwardPostgreSQL", condition: .when(traits: ["PostgreSQL"])),
                .target(name: "DoorwardRedis", condition: .when(traits: ["Redis"])),
            ],
            swiftSettings: settings),

        .target(
            name: "DoorwardTesting", dependencies: ["DoorwardCore", "CDoorwardSystem"], swiftSettings: settings),

        // Reads published vectors for the command line and the tests; no product.
        .target(
            name: "DoorwardVectors", dependencies: ["DoorwardCore", "DoorwardPasswords", "DoorwardOTP"],
            swiftSettings: settings),

        .executableTarget(
            name: "DoorwardCLI",
            dependencies: [
                .target(name: "Doorward", condition: .when(traits: ["CommandLineTool"])),
                .target(name: "DoorwardVectors", condition: .when(traits: ["CommandLineTool"])),
                .target(name: "CDoorwardSystem", condition: .when(traits: ["CommandLineTool"])),
                .target(name: "DoorwardStores", condition: .when(traits: ["CommandLineTool"])),
                .product(
                    name: "ArgumentParser", package: "swift-argument-parser",
                    condition: .when(traits: ["CommandLineTool"])),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "DoorwardTestWorker",
            dependencies: [
                "Doorward", "DoorwardTesting", "DoorwardStores",
                .target(name: "DoorwardSQLite", condition: .when(traits: ["SQLite"])),
                .target(name: "DoorwardPostgreSQL", condition: .when(traits: ["PostgreSQL"])),
            ],
            swiftSettings: settings),

        .testTarget(
            name: "DoorwardCoreTests",
            dependencies: [
                "DoorwardCore",
                .product(name: "Metrics", package: "swift-metrics", condition: .when(traits: ["Metrics"])),
                .product(name: "MetricsTestKit", package: "swift-metrics", condition: .when(traits: ["Metrics"])),
            ] + testing,
            swiftSettings: settings),
        .testTarget(
            name: "DoorwardTestingTests", dependencies: ["DoorwardCore", "DoorwardTestWorker"] + testing,
            swiftSettings: settings),
        // Kernels with a wrong rotation, which must be noticed.
        .target(name: "CArgon2Flawed", dependencies: ["CArgon2SIMD"], path: "Tests/CArgon2Flawed"),
        .testTarget(
            name: "DoorwardPasswordsTests",
            dependencies: ["DoorwardPasswords", "CArgon2SIMD", "CArgon2Flawed"] + testing,
            swiftSettings: settings),
        .testTarget(name: "DoorwardOTPTests", dependencies: ["DoorwardOTP"] + testing, swiftSettings: settings),
        .testTarget(
            name: "DoorwardSessionsTests", dependencies: ["DoorwardSessions"] + testing, swiftSettings: settings),
        .testTarget(
            name: "DoorwardLockoutTests", dependencies: ["DoorwardLockout"] + testing, swiftSettings: settings),
        .testTarget(name: "DoorwardAuditTests", dependencies: ["DoorwardAudit"] + testing, swiftSettings: settings),
        .testTarget(
            name: "DoorwardTests",
            dependencies: [
                "Doorward", "DoorwardTestWorker", "DoorwardStores",
                .target(name: "DoorwardSQLite", condition: .when(traits: ["SQLite"])),
                .target(name: "DoorwardPostgreSQL", condition: .when(traits: ["PostgreSQL"])),
                .target(name: "DoorwardRedis", condition: .when(traits: ["Redis"])),
            ] + testing,
            swiftSettings: settings),
        .testTarget(
            name: "DoorwardSQLiteTests",
            dependencies: [
                "DoorwardSQLite", "DoorwardTestWorker",
                .product(name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["SQLite"])),
            ] + testing,
            swiftSettings: settings),
        .testTarget(
            name: "DoorwardPostgreSQLTests", dependencies: ["DoorwardPostgreSQL", "DoorwardTestWorker"] + testing,
            swiftSettings: settings),
        .testTarget(
            name: "DoorwardRedisTests", dependencies: ["DoorwardRedis", "DoorwardTestWorker"] + testing,
            swiftSettings: settings),
        .testTarget(
            name: "DoorwardCLITests",
            dependencies: ["Doorward", "DoorwardCLI", "DoorwardVectors"] + testing,
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
