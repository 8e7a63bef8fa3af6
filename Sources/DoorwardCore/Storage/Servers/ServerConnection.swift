// SPDX-License-Identifier: Apache-2.0

/// A connection to a server, used by one at a time. It is never used again once something was lost on it, so that a late
/// reply is never taken for another's.
package protocol ServerConnection: AnyObject {
    /// Whether something was lost on it, so that it is not used again.
    var isLost: Bool { get }
    /// Whether something came, or the server hung up, while nobody asked it anything.
    var hasEnded: Bool { get }
    /// Where it can be seen that something came. The same as long as the connection lives.
    var descriptor: Int32 { get }
    func serverTime() throws(StoreError) -> Timestamp
    /// Hands requests to the socket as far as it takes them, and waits for nothing. ``receive()`` comes next.
    ///
    /// - Parameter end: When they are too late to be answered.
    /// - Returns: Whether it only remains to wait for the descriptor; else `receive()` has something to do before.
    func send(_ jobs: [ServerJob], until end: Moment) -> Bool
    /// Takes the answers to reads that were sent, if all have come already, and waits for nothing.
    func receiveAtOnce() -> EarlyAnswers
    /// Blocks until all that was sent is answered, in order, or too late.
    func receive() -> [Result<StoreReply, RequestFailure>]
}

/// What was found by whoever looked for answers before waiting for them.
package enum EarlyAnswers {
    /// All. None of them is lost, though the connection may be.
    case all([Result<StoreReply, RequestFailure>])
    /// It remains to wait for the descriptor.
    case none
    /// ``ServerConnection/receive()`` has something to do with what came, for which the descriptor may be waited in vain.
    case begun
}

/// Why a server did not answer a request.
package enum RequestFailure: Error, Sendable {
    /// The server said so; nothing was changed.
    case refused(StoreError)
    /// No answer came. It may have been done.
    case lost(String)
}
