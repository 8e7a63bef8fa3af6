// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "doorward-benchmarks",
    products: [.executable(name: "doorward-bench-worker", targets: ["BenchWorker"])],
    dependencies: [
        .package(name: "doorward", path: "..", traits: ["SQLite", "PostgreSQL", "Redis"])
    ],
    targets: [
        // One row in tables of others' speeds.
        .executableTarget(
            name: "BenchWorker",
            dependencies: [
                .product(name: "Doorward", package: "doorward"),
                .product(name: "DoorwardSQLite", package: "doorward"),
            ]),
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
