// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "HelloSignIn",
    dependencies: [
        // In a service of your own: .package(url: "…/doorward.git", from: "…", traits: ["SQLite"])
        .package(name: "doorward", path: "../..", traits: ["SQLite"])
    ],
    targets: [
        .executableTarget(
            name: "HelloSignIn",
            dependencies: [
                .product(name: "Doorward", package: "doorward"),
                .product(name: "DoorwardSQLite", package: "doorward"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
