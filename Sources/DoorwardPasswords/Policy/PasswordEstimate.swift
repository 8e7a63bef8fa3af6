// SPDX-License-Identifier: Apache-2.0

#if Zxcvbn
import CZxcvbn
public import DoorwardCore

/// How hard a password is to guess for somebody who knows words, names, dates, keyboards and substitutions, by libzxcvbn.
///
/// Advice for people while they choose, such as a bar that grows. Never a reason to refuse: estimates differ between
/// versions, and length and lists decide. (NIST SP 800-63B-4 § 3.1.1.2)
public struct PasswordEstimate: Hashable, Sendable {
    /// Binary logarithm of the number of guesses, from zero up.
    public let bits: Double

    /// libzxcvbn takes time for long input and knows no more after this many characters.
    private static let longest = 100

    /// - Parameter words: Of the account and the service; built from them, a password is easy to guess.
    /// - Returns: `nil` for what is no password, and for other characters than ASCII, of which the library knows nothing:
    ///   it would take each byte for a random one.
    public init?(of password: Password, words: [String] = []) {
        guard let secret = password.normalized, !secret.isEmpty else { return nil }
        var bytes = Array(secret.copyBytes().prefix(Self.longest))
        defer { wipe(&bytes) }
        guard bytes.allSatisfy({ $0 != 0 && $0 < 128 }) else { return nil }
        bytes.append(0)
        // One block for all words, each with a NUL behind it; the list ends with a null pointer.
        var (block, offsets): ([UInt8], [Int]) = ([], [])
        for word in words.map({ $0.lowercased().utf8.filter { $0 != 0 } }) where !word.isEmpty {
            offsets.append(block.count)
            block += word + [0]
        }
        block.append(0)
        bits = unsafe block.withUnsafeBytes { block in
            let texts = unsafe block.assumingMemoryBound(to: CChar.self).baseAddress
            var list = unsafe offsets.map { offset in unsafe texts.map { unsafe $0 + offset } } + [nil]
            return unsafe bytes.withUnsafeBytes { password in
                unsafe max(0, ZxcvbnMatch(password.assumingMemoryBound(to: CChar.self).baseAddress, &list, nil))
            }
        }
    }
}
#endif
