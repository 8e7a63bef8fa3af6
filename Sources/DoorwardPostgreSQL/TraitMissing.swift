// SPDX-License-Identifier: Apache-2.0

#if !PostgreSQL
/// The store on PostgreSQL. Enable the trait `PostgreSQL` of the package `doorward`.
@available(*, unavailable, message: "enable the trait \"PostgreSQL\" of the package doorward")
public struct PostgreSQLStore: Sendable {}
#endif
