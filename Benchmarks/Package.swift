// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let stores: [Target.Dependency] = ["DoorwardSQLite", "DoorwardPostgreSQL", "DoorwardRedis"].map {
    .product(name: $0, package: "doorward")
}

let package = Package(
    name: "doorward-benchmarks",
    products: [.executable(name: "doorward-bench-worker", targets: ["Worker"])],
    dependencies: [
        .package(name: "doorward", path: "..", traits: ["SQLite", "PostgreSQL", "Redis"])
    ],
    targets: [
        // What is measured, for all who measure it.
        .target(
            name: "Workload",
            dependencies: ["Doorward", "DoorwardPasswords"].map { .product(name: $0, package: "doorward") }),
        // One row in tables of others' speeds.
        .executableTarget(name: "Worker", dependencies: ["Workload"] + stores),
        // The other side of each ratio: the C libraries as a careful program would call them.
        .target(
            name: "CBaselines",
            linkerSettings: ["sqlite3", "pq", "hiredis", "crypto", "argon2", "stdc++"].map { .linkedLibrary($0) }),
        .executableTarget(
            name: "Ratios",
            dependencies: ["CBaselines", "Workload", .product(name: "DoorwardTesting", package: "doorward")] + stores),
        .executableTarget(name: "Storm", dependencies: ["Workload"]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
