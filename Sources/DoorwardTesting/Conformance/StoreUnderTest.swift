// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// A store to be checked, with what it can be checked by. Cases that need what is not there check nothing.
public struct StoreUnderTest: Sendable {
    public let store: any AuthStore
    /// One more handle on the same data; for stores without such, the same.
    public var another: @Sendable () async throws -> any AuthStore
    /// A handle in a process of its own, which ``ProcessStore`` makes of a small program.
    public var elsewhere: (@Sendable () async throws -> ProcessStore)?
    /// What can be made to go wrong with it.
    public var faults: [StoreFault]

    public init(
        _ store: any AuthStore, faults: [StoreFault] = [],
        another: (@Sendable () async throws -> any AuthStore)? = nil,
        elsewhere: (@Sendable () async throws -> ProcessStore)? = nil
    ) {
        self.store = store
        self.another = another ?? { store }
        self.elsewhere = elsewhere
        self.faults = faults
    }
}

/// Something that goes wrong between a store and its engine, from ``begin`` until ``end``.
public struct StoreFault: Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable {
        /// The connection is cut before a request reaches the engine.
        case cutBeforeRequest
        /// The engine has the request; the connection is cut at once.
        case cutAfterRequest
        /// The engine has done the request; its reply never comes, and the connection is cut.
        case replyLost
        /// The engine has done the request and its reply is lost, once; what comes next goes well.
        case replyLostOnce
        /// Replies are held back, and come when it is over.
        case lateReply
        /// The engine has done the request; what comes instead of its reply is noise.
        case garbageReply
        /// Nothing comes, and nothing is cut.
        case silence
        /// The engine does not run.
        case stopped
        /// The engine has no room for anything more. Reads go on.
        case diskFull
        /// The engine takes no writes. Reads may go on.
        case readOnly
        /// Somebody else keeps everybody from writing. Reads go on.
        case writesBlocked
    }

    public let kind: Kind
    public let begin: @Sendable () async throws -> Void
    public let end: @Sendable () async throws -> Void

    public init(
        _ kind: Kind, begin: @escaping @Sendable () async throws -> Void,
        end: @escaping @Sendable () async throws -> Void
    ) {
        self.kind = kind
        self.begin = begin
        self.end = end
    }

    public var description: String { kind.rawValue }
}
