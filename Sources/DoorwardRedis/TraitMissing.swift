// SPDX-License-Identifier: Apache-2.0

#if !Redis
/// The store on Redis. Enable the trait `Redis` of the package `doorward`.
@available(*, unavailable, message: "enable the trait \"Redis\" of the package doorward")
public struct RedisStore: Sendable {}
#endif
