// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

#if LegacyCrypt
import CCrypt
import Glibc
#endif

/// The beginning of a crypt(3) hash: scheme, cost and salt, such as `$2b$12$` and 22 characters, or `$6$rounds=…$salt$`.
///
/// Known are bcrypt (`2a`, `2b`, `2y`), SHA-256-crypt (`5`), SHA-512-crypt (`6`) and yescrypt (`y`). All are computed by
/// libxcrypt, with trait `LegacyCrypt`; without it they are `unavailable`.
package struct CryptSetting: Hashable, Sendable {
    package enum Scheme: Hashable, Sendable { case bcrypt, sha2, yescrypt }

    let text: String
    let scheme: Scheme
    /// Whether the password's SHA-256 in hexadecimal is hashed in its place, as Django's `bcrypt_sha256` does.
    let isPrehashed: Bool
    /// What computing it takes, at most.
    let memoryBytes: Int

    private static let alphabet = Set("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    private static let yescryptDigits = Array("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    /// libxcrypt keeps its working state in the caller's memory.
    private static let stateBytes = 32_768

    /// `nil` for what is no setting of these schemes, or costs more than we compute: bcrypt beyond 2^16, more than
    /// 2 million rounds, 2 GiB.
    package init?(_ text: String, isPrehashed: Bool) {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard text.utf8.count <= 256, fields.count >= 4, fields[0].isEmpty else { return nil }
        var memoryBytes = Self.stateBytes
        switch fields[1] {
        case "2a", "2b", "2y":
            guard fields.count == 4, fields[2].utf8.count == 2,
                fields[2].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let cost = Int(fields[2]), (4...16).contains(cost),
                fields[3].utf8.count == 22, Self.isPlain(fields[3])
            else { return nil }
            scheme = .bcrypt
        case "5", "6":
            // $6$salt$ or $6$rounds=N$salt$
            var rest = fields.dropFirst(2)
            if let first = rest.first, first.hasPrefix("rounds=") {
                let digits = first.dropFirst(7)
                guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let rounds = Int(digits),
                    (1000...2_000_000).contains(rounds)
                else { return nil }
                rest = rest.dropFirst()
            }
            guard rest.count == 2, let salt = rest.first, (1...16).contains(salt.utf8.count), Self.isPlain(salt),
                rest.last?.isEmpty == true
            else { return nil }
            scheme = .sha2
        case "y":
            // $y$ parameters $ salt $; of the parameters the flavour, the cost's logarithm and the block size.
            let parameters = Array(fields[2].utf8)
            guard fields.count == 5, parameters.count == 3, parameters[0] == UInt8(ascii: "j"), fields[4].isEmpty,
                (1...86).contains(fields[3].utf8.count),
                Self.isPlain(fields[3]), let logarithm = Self.yescryptDigits.firstIndex(of: parameters[1]),
                let block = Self.yescryptDigits.firstIndex(of: parameters[2]), logarithm < 24, block < 48
            else { return nil }
            memoryBytes += 128 * (block + 1) << (logarithm + 1)
            guard memoryBytes <= 2 << 30 else { return nil }
            scheme = .yescrypt
        default: return nil
        }
        self.text = text
        self.isPrehashed = isPrehashed
        self.memoryBytes = memoryBytes
    }

    private static func isPlain(_ text: Substring) -> Bool { text.utf8.allSatisfy(alphabet.contains) }

    /// What is handed to crypt(3), which takes text that ends at the first NUL and has at most 511 bytes. A password
    /// beyond that was not hashed whole by anybody, so none is taken for it.
    func phrase(_ received: Secret) -> Secret? {
        if isPrehashed { return Secret(copying: Hex.encode(HashFunction.sha256.hash(received)).utf8) }
        return received.count < 512 && received.withBytes { bytes in bytes.indices.allSatisfy { bytes[$0] != 0 } }
            ? received : nil
    }

    /// bcrypt looks at 72 bytes: whoever has as many may have more.
    func cuts(_ received: Secret) -> Bool { scheme == .bcrypt && !isPrehashed && received.count >= 72 }

    /// The same cost without the salt.
    package var blank: CryptSetting {
        var fields = text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        let place = scheme == .bcrypt ? fields.count - 1 : fields.count - 2
        fields[place] = String(repeating: ".", count: fields[place].utf8.count)
        return CryptSetting(fields.joined(separator: "$"), isPrehashed: isPrehashed) ?? self
    }

    /// Of the digest, in characters.
    package var digestLength: Int {
        switch scheme {
        case .bcrypt: 31
        case .sha2: text.hasPrefix("$5$") ? 43 : 86
        case .yescrypt: 43
        }
    }

    /// The hash's last part, as text.
    package func compute(_ phrase: Secret) throws(HashingError) -> [UInt8] {
        #if LegacyCrypt
        let size = MemoryLayout<crypt_data>.size
        let data = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<crypt_data>.alignment)
        unsafe data.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        var terminated = phrase.copyBytes() + [0]
        defer {
            wipe(&terminated)
            unsafe wipe(UnsafeMutableRawBufferPointer(start: data, count: size))
            unsafe data.deallocate()
        }
        let result = unsafe terminated.withUnsafeBytes { phrase in
            unsafe crypt_rn(
                phrase.assumingMemoryBound(to: CChar.self).baseAddress, text, data, Int32(size))
        }
        guard let result = unsafe result else {
            throw HashingError(.unavailable, "libxcrypt could not compute an old hash")
        }
        let hash = unsafe Array(String(cString: result).utf8)
        let start = scheme == .bcrypt ? text.utf8.count : (hash.lastIndex(of: UInt8(ascii: "$")) ?? 0) + 1
        guard start < hash.count else { throw HashingError(.unavailable, "libxcrypt could not compute an old hash") }
        return Array(hash[start...])
        #else
        throw HashingError(.unavailable, "this was built without trait LegacyCrypt, which an old hash needs")
        #endif
    }
}
