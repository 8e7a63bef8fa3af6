// SPDX-License-Identifier: Apache-2.0

import CLibcrypto

// The one file that touches libcrypto.
//
// Algorithms are fetched once (OpenSSL 3 looks them up by name at every call otherwise) and are immutable afterwards.
// A call that fails here means that libcrypto is broken or memory is gone; no input can cause it, so it is a
// precondition. What an input can cause (a tag that does not verify) is a `nil`.

@safe private struct Algorithms: @unchecked Sendable {
    // Sendable: fetched algorithms are reference-counted, immutable and documented as safe to share between threads.
    let sha1 = unsafe EVP_MD_fetch(nil, "SHA1", nil)
    let sha256 = unsafe EVP_MD_fetch(nil, "SHA256", nil)
    let sha512 = unsafe EVP_MD_fetch(nil, "SHA512", nil)
    let hkdf = unsafe EVP_KDF_fetch(nil, "HKDF", nil)
    let aes256GCM = unsafe EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)
    static let shared = Algorithms()
}

/// A hash function of FIPS 180-4.
package enum HashFunction: String, Hashable, Sendable, CaseIterable {
    case sha1 = "SHA1", sha256 = "SHA256", sha512 = "SHA512"

    /// Length of the digest, in bytes.
    package var digestLength: Int {
        switch self {
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// The digest of the bytes.
    package func hash(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        unsafe output(of: digestLength) { out in
            switch self {
            case .sha1: unsafe doorward_sha1(bytes.baseAddress, bytes.count, out)
            case .sha256: unsafe doorward_sha256(bytes.baseAddress, bytes.count, out)
            case .sha512: unsafe doorward_sha512(bytes.baseAddress, bytes.count, out)
            }
        }
    }

    package func hash(_ bytes: [UInt8]) -> [UInt8] { unsafe bytes.withUnsafeBytes { unsafe hash($0) } }

    package func hash(_ secret: Secret) -> [UInt8] { unsafe secret.withUnsafeBytes { unsafe hash($0) } }
}

/// The SHA-256 digest of the bytes, without an allocation.
package func sha256(_ bytes: UnsafeRawBufferPointer) -> ThirtyTwoBytes {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    let status = unsafe doorward_sha256(bytes.baseAddress, bytes.count, &words)
    precondition(status == 1, "libcrypto refused a call that no input can make fail")
    return ThirtyTwoBytes(words: words)
}

/// HMAC (RFC 2104). Every input that joins several fields is built by ``framed(_:)`` first.
package func hmac(_ function: HashFunction, key: Secret, _ message: [UInt8]) -> [UInt8] {
    unsafe message.withUnsafeBytes { message in
        unsafe withHMAC(function, key: key, message) { unsafe Array($0) }
    }
}

/// HMAC without an allocation: lends it for the time of a call.
package func withHMAC<R>(
    _ function: HashFunction, key: Secret, _ message: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> R
) -> R {
    unsafe withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { out in
        let compute =
            switch function {
            case .sha1: unsafe doorward_hmac_sha1
            case .sha256: unsafe doorward_hmac_sha256
            case .sha512: unsafe doorward_hmac_sha512
            }
        let status = unsafe key.withUnsafeBytes { key in
            unsafe compute(key.baseAddress, key.count, message.baseAddress, message.count, out.baseAddress)
        }
        precondition(status == 1, "libcrypto refused a call that no input can make fail")
        defer { unsafe wipe(out) }
        return unsafe body(UnsafeRawBufferPointer(rebasing: out[..<function.digestLength]))
    }
}

/// HKDF (RFC 5869), extract and expand.
package func hkdf(_ function: HashFunction, key: Secret, salt: [UInt8], info: [UInt8], length: Int) -> Secret {
    unsafe key.withUnsafeBytes { keyBytes in
        Secret(
            copying: unsafe output(of: length) { out in
                unsafe doorward_hkdf(
                    Algorithms.shared.hkdf, function.rawValue, keyBytes.baseAddress, keyBytes.count, salt, salt.count,
                    info, info.count, out, length)
            })
    }
}

/// PBKDF2 with HMAC (RFC 8018 § 5.2); `nil` when libcrypto refuses, for parameters that it finds wrong.
package func pbkdf2(_ function: HashFunction, password: Secret, salt: [UInt8], iterations: Int, length: Int)
    -> [UInt8]?
{
    guard let iterations = Int32(exactly: iterations), let size = Int32(exactly: length) else { return nil }
    let digest =
        switch function {
        case .sha1: unsafe Algorithms.shared.sha1
        case .sha256: unsafe Algorithms.shared.sha256
        case .sha512: unsafe Algorithms.shared.sha512
        }
    var out = [UInt8](repeating: 0, count: length)
    let status = unsafe password.withUnsafeBytes { password in
        unsafe PKCS5_PBKDF2_HMAC(
            password.assumingMemoryBound(to: CChar.self).baseAddress, Int32(password.count), salt, Int32(salt.count),
            iterations, digest, size, &out)
    }
    return status == 1 ? out : nil
}

/// scrypt (RFC 7914 § 6); `nil` when libcrypto refuses, for parameters that it finds wrong or for want of memory.
package func scrypt(
    password: Secret, salt: [UInt8], cost: UInt64, blockSize: UInt64, parallelism: UInt64, memoryLimit: UInt64,
    length: Int
) -> [UInt8]? {
    var out = [UInt8](repeating: 0, count: length)
    let status = unsafe password.withUnsafeBytes { password in
        unsafe EVP_PBE_scrypt(
            password.assumingMemoryBound(to: CChar.self).baseAddress, password.count, salt, salt.count, cost,
            blockSize, parallelism, memoryLimit, &out, length)
    }
    return status == 1 ? out : nil
}

/// AES-256-GCM (NIST SP 800-38D) with a 12-byte nonce and a 16-byte tag.
package enum AuthenticatedCipher {
    package static let nonceLength = 12
    package static let tagLength = 16

    /// Ciphertext followed by the tag.
    package static func seal(_ plaintext: Secret, key: Secret, nonce: [UInt8], associatedData: [UInt8]) -> [UInt8] {
        precondition(key.count == 32 && nonce.count == nonceLength, "a 32-byte key and a 12-byte nonce")
        let context = unsafe EVP_CIPHER_CTX_new()
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        return unsafe output(of: plaintext.count + tagLength) { out in
            var length: Int32 = 0
            let begun = unsafe key.withUnsafeBytes { key in
                unsafe EVP_EncryptInit_ex2(
                    context, Algorithms.shared.aes256GCM, key.assumingMemoryBound(to: UInt8.self).baseAddress, nonce,
                    nil)
            }
            guard begun == 1 else { return 0 }
            guard unsafe EVP_EncryptUpdate(context, nil, &length, associatedData, Int32(associatedData.count)) == 1
            else { return 0 }
            let encrypted = unsafe plaintext.withUnsafeBytes { bytes in
                unsafe EVP_EncryptUpdate(
                    context, out, &length, bytes.assumingMemoryBound(to: UInt8.self).baseAddress, Int32(bytes.count))
            }
            guard encrypted == 1 else { return 0 }
            guard unsafe EVP_EncryptFinal_ex(context, out + Int(length), &length) == 1 else { return 0 }
            return unsafe EVP_CIPHER_CTX_ctrl(
                context, EVP_CTRL_AEAD_GET_TAG, Int32(tagLength), out + plaintext.count)
        }
    }

    /// The plaintext, or `nil` when the tag does not verify.
    package static func open(_ sealed: ArraySlice<UInt8>, key: Secret, nonce: [UInt8], associatedData: [UInt8])
        -> Secret?
    {
        guard sealed.count >= tagLength, sealed.count < Int(Int32.max), key.count == 32, nonce.count == nonceLength
        else { return nil }
        let ciphertext = Array(sealed.dropLast(tagLength))
        var tag = Array(sealed.suffix(tagLength))
        var plaintext = [UInt8](repeating: 0, count: ciphertext.count + 1)
        defer { wipe(&plaintext) }
        let context = unsafe EVP_CIPHER_CTX_new()
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        var length: Int32 = 0
        let begun = unsafe key.withUnsafeBytes { key in
            unsafe EVP_DecryptInit_ex2(
                context, Algorithms.shared.aes256GCM, key.assumingMemoryBound(to: UInt8.self).baseAddress, nonce, nil)
        }
        guard begun == 1 else { return nil }
        guard unsafe EVP_DecryptUpdate(context, nil, &length, associatedData, Int32(associatedData.count)) == 1
        else { return nil }
        guard unsafe EVP_DecryptUpdate(context, &plaintext, &length, ciphertext, Int32(ciphertext.count)) == 1
        else { return nil }
        guard unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagLength), &tag) == 1
        else { return nil }
        var rest: UInt8 = 0
        guard unsafe EVP_DecryptFinal_ex(context, &rest, &length) == 1 else { return nil }
        return Secret(copying: plaintext.dropLast())
    }
}

/// Whether two buffers hold the same bytes, in time that depends on their lengths only.
package func constantTimeEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    guard a.count == b.count else { return false }
    guard let first = a.baseAddress, let second = b.baseAddress else { return true }
    return unsafe CRYPTO_memcmp(first, second, a.count) == 0
}

package func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    unsafe a.withUnsafeBytes { a in unsafe b.withUnsafeBytes { b in unsafe constantTimeEqual(a, b) } }
}

/// Overwrites an array that is about to be dropped, where nobody else shares it.
package func wipe(_ bytes: inout [UInt8]) {
    unsafe bytes.withUnsafeMutableBytes { unsafe wipe($0) }
}

/// Overwrites memory that is about to be given back.
package func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
    unsafe doorward_wipe_memory(bytes.baseAddress, bytes.count)
}

/// Joins fields so that no two lists of fields give the same bytes: each is preceded by its length (8 bytes, big-endian).
package func framed(_ fields: [[UInt8]]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(fields.reduce(0) { $0 + $1.count + 8 })
    for field in fields { out += bigEndianBytes(UInt64(field.count)) + field }
    return out
}

/// Eight bytes, most significant first.
package func bigEndianBytes(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
}

private func output(of length: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int32) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: max(length, 1)) { buffer, count in
        guard let base = buffer.baseAddress else { return }
        let result = unsafe body(base)
        precondition(result == 1, "libcrypto refused a call that no input can make fail")
        count = length
    }
}
