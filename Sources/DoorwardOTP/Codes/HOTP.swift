// SPDX-License-Identifier: Apache-2.0

import DoorwardCore

/// Counter-based one-time passwords (RFC 4226): a pure value, no state.
public struct HOTP: Sendable {
    /// Counters tried beyond the expected one, unless said otherwise (RFC 4226 § 7.4).
    public static let defaultLookAhead = 10

    public let secret: SharedSecret
    public let algorithm: OneTimePasswordAlgorithm
    /// 6 to 8.
    public let digits: Int
    /// The look-ahead window s: 0 to 20.
    public let lookAheadWindow: Int

    /// `nil` for digits or a window out of range.
    public init?(
        secret: SharedSecret, algorithm: OneTimePasswordAlgorithm = .sha1, digits: Int = 6,
        lookAheadWindow: Int = HOTP.defaultLookAhead
    ) {
        guard (6...8).contains(digits), (0...20).contains(lookAheadWindow) else { return nil }
        self.secret = secret
        self.algorithm = algorithm
        self.digits = digits
        self.lookAheadWindow = lookAheadWindow
    }

    /// The code of a counter (RFC 4226 § 5.3). Text: leading zeros matter.
    public func code(at counter: UInt64) -> String { OneTimePassword.text(number(at: counter), digits: digits) }

    /// Whether a code is that of the next expected counter, or of one within the window.
    ///
    /// - Parameters:
    ///   - code: What the claimant typed, unchanged.
    ///   - last: The counter of the last code that was accepted; `nil` if there was none. Only later ones match.
    ///   - initial: The first counter of all.
    /// - Returns: The counter that matched, to be stored before the code counts as accepted.
    public func verify(_ code: String, after last: UInt64?, from initial: UInt64 = 0) -> CodeVerification {
        guard let typed = OneTimePassword.parse(code, digits: digits) else { return .rejected(.malformed) }
        let next: UInt64
        if let last {
            // One in a hundred thousand codes comes again within the window. What was just accepted is not, even so:
            // a code is good once, whatever counter it might stand for.
            guard number(at: last) != typed else { return .rejected(.replayed) }
            guard last < .max else { return .rejected(.exhausted) }
            next = last + 1
        } else {
            next = initial
        }
        var matched: UInt64?
        for offset in 0...UInt64(lookAheadWindow) {
            let (counter, overflow) = next.addingReportingOverflow(offset)
            guard !overflow else { break }
            // Every candidate is compared, and the first kept: later codes stay good.
            if number(at: counter) == typed, matched == nil { matched = counter }
        }
        return matched.map { .accepted(counter: $0) } ?? .rejected(.wrong)
    }

    /// Counters that are looked through when a device is to be found again by two codes (RFC 4226 § 7.4).
    public static let resynchronizationWindow = 500

    /// Whether two codes are those of two counters that follow each other, anywhere within the wide window: what finds a
    /// device again that was used a lot elsewhere. Two codes of six digits are as unlikely guessed as one of nine.
    ///
    /// - Returns: The second one's counter, to be stored before the codes count as accepted.
    public func resynchronize(_ first: String, _ second: String, after last: UInt64?, from initial: UInt64 = 0)
        -> CodeVerification
    {
        guard let first = OneTimePassword.parse(first, digits: digits),
            let second = OneTimePassword.parse(second, digits: digits)
        else { return .rejected(.malformed) }
        guard last != .max else { return .rejected(.exhausted) }
        let next = last.map { $0 + 1 } ?? initial
        var matched: UInt64?
        var isFirst = false
        for offset in 0...UInt64(Self.resynchronizationWindow) {
            let (counter, overflow) = next.addingReportingOverflow(offset)
            guard !overflow else { break }
            let code = number(at: counter)
            if isFirst, code == second, matched == nil { matched = counter }
            isFirst = code == first
        }
        return matched.map { .accepted(counter: $0) } ?? .rejected(.wrong)
    }

    /// The code as a number: HMAC, dynamic truncation.
    package func number(at counter: UInt64) -> UInt32 {
        unsafe withUnsafeBytes(of: counter.bigEndian) { message in
            unsafe withHMAC(algorithm.function, key: secret.bytes, message) {
                unsafe Self.truncate($0, digits: digits)
            }
        }
    }

    package static func truncate(_ digest: UnsafeRawBufferPointer, digits: Int) -> UInt32 {
        let offset = unsafe Int(digest[digest.count - 1] & 0xF)
        let value = unsafe UInt32(bigEndian: digest.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        return (value & 0x7FFF_FFFF) % OneTimePassword.bound(digits)
    }
}

/// What became of a code.
public enum CodeVerification: Hashable, Sendable {
    /// Right; the matched counter, or time step, must be stored as used before anybody is let in.
    case accepted(counter: UInt64)
    case rejected(CodeRejection)
}

/// Why a code was rejected. For events; the claimant is told nothing. An open set.
public struct CodeRejection: Hashable, Sendable, CustomStringConvertible {
    private enum Value: String, Hashable, Sendable { case malformed, wrong, replayed, exhausted }
    private let value: Value

    /// Not exactly the right number of ASCII digits.
    public static let malformed = CodeRejection(value: .malformed)
    public static let wrong = CodeRejection(value: .wrong)
    /// It was right once, and has been used, or something later has.
    public static let replayed = CodeRejection(value: .replayed)
    /// The counter is at its end.
    public static let exhausted = CodeRejection(value: .exhausted)

    public var description: String { value.rawValue }
}

/// One-time passwords are compared as numbers: one step of the processor, whatever the digits are. (ASVS V11.2.4)
package enum OneTimePassword {
    /// Exactly that many ASCII digits, or `nil`, before anything is computed or looked up.
    package static func parse(_ text: String, digits: Int) -> UInt32? {
        var (value, count): (UInt32, Int) = (0, 0)
        for byte in text.utf8 {
            guard count < min(digits, 9), (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + UInt32(byte - 0x30)
            count += 1
        }
        return count == digits ? value : nil
    }

    /// With its leading zeros.
    package static func text(_ number: UInt32, digits: Int) -> String {
        let significant = String(number)
        return String(repeating: "0", count: max(0, digits - significant.utf8.count)) + significant
    }

    /// What numbers of so many digits are below, nine at most.
    static func bound(_ digits: Int) -> UInt32 { (0..<min(digits, 9)).reduce(1) { bound, _ in bound * 10 } }
}
