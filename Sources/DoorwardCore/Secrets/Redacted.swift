// SPDX-License-Identifier: Apache-2.0

/// A value that must not be seen. It prints as `<redacted>`, and dumps and mirrors show nothing of it: an empty mirror is
/// needed for that, because `dump` goes past any description. (ASVS V16.2.5)
public protocol Redacted: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {}

extension Redacted {
    public var description: String { "<redacted>" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
