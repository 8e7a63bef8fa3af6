// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "doorward-benchmarks",
    dependencies: [
        .package(name: "doorward", path: "..", traits: ["SQLite", "PostgreSQL", "Redis"])
    ],
    targets: [
        // The other side of each ratio: the C libraries as a careful program would call them.
        .target(name: "CBaselines", linkerSettings: ["sqlite3", "pq", "hiredis", "crypto"].map { .linkedLibrary($0) }),
        .executableTarget(
            name: "StoreBenchmarks",
            dependencies: [
                "CBaselines",
                .product(name: "Doorward", package: "doorward"),
                .product(name: "DoorwardSQLite", package: "doorward"),
                .product(name: "DoorwardPostgreSQL", package: "doorward"),
                .product(name: "DoorwardRedis", package: "doorward"),
                .product(name: "DoorwardTesting", package: "doorward"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
