// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

/// Asks a service that answers by ranges, as Have I Been Pwned does: it is told the first five digits of the digest, as
/// are a thousand others' passwords, and answers with the rest of all digests that begin so.
///
/// The application brings the HTTP client. *An answer that is none is an error:* whoever cannot be understood has not
/// said that a password is good.
public struct BreachedPasswordRange: BreachedPasswordSource {
    private let deadline: Duration
    private let fetch: @Sendable (String) async throws -> String

    /// - Parameters:
    ///   - deadline: How long an answer may take, whatever the client does.
    ///   - fetch: Gets the body for five upper-case digits, for instance from `https://api.pwnedpasswords.com/range/` and
    ///     the digits (ask for padding with the header `Add-Padding: true`); throws for any status but 200. It is
    ///     cancelled at the deadline.
    public init(deadline: Duration = .seconds(5), fetch: @escaping @Sendable (String) async throws -> String) {
        self.deadline = deadline
        self.fetch = fetch
    }

    public func contains(_ digest: PasswordDigest) async throws(BreachedPasswordError) -> Bool {
        let name = digest.revealed()
        let (range, rest) = (String(name.prefix(5)), name.dropFirst(5))
        let body = try await answer(for: range)
        var (isThere, isAnswer) = (false, false)
        for line in body.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].utf8.count == 35, parts[0].allSatisfy({ $0.isASCII && $0.isHexDigit }),
                let count = UInt64(parts[1])
            else { throw BreachedPasswordError(reason: "the range service's answer is not understood") }
            // Padding has the count zero.
            guard count > 0 else { continue }
            isAnswer = true
            if parts[0].uppercased() == rest { isThere = true }
        }
        // No range is empty: this is somebody else's page, or a part of one.
        guard isAnswer else { throw BreachedPasswordError(reason: "the range service's answer is empty") }
        return isThere
    }

    private func answer(for range: String) async throws(BreachedPasswordError) -> String {
        // Not a group: that would wait for a client which does not heed its cancellation.
        let (answers, continuation) = AsyncStream.makeStream(of: String?.self)
        let asking = Task { continuation.yield(try? await fetch(range)) }
        let waiting = Task {
            try? await Task.sleep(for: deadline)
            continuation.yield(nil)
        }
        defer {
            asking.cancel()
            waiting.cancel()
        }
        for await answer in answers {
            guard let answer else { break }
            return answer
        }
        throw BreachedPasswordError(reason: "the range service did not answer")
    }
}
