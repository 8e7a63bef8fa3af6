// SPDX-License-Identifier: Apache-2.0

#if !SQLite
/// The store on SQLite. Enable the trait `SQLite` of the package `doorward`.
@available(*, unavailable, message: "enable the trait \"SQLite\" of the package doorward")
public struct SQLiteStore: Sendable {}
#endif
