// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "OwnUserTable",
    dependencies: [
        // In a service of your own: .package(url: "…/doorward.git", from: "…", traits: ["SQLite"])
        .package(name: "doorward", path: "../..", traits: ["SQLite"]),
        .package(url: "https://github.com/groue/GRDB.swift.git", exact: "7.10.0"),
    ],
    targets: [
        .systemLibrary(name: "LibPQ"),
        .executableTarget(
            name: "OwnUserTable",
            dependencies: [
                "LibPQ",
                .product(name: "Doorward", package: "doorward"),
                .product(name: "DoorwardSQLite", package: "doorward"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
