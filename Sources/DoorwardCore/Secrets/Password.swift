// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A password as a person typed it.
///
/// It keeps the bytes as received and, where they are well formed, their one documented normalisation: Unicode NFC
/// (NIST SP 800-63B-4 § 3.1.1.2), nothing trimmed, folded or cut (ASVS V6.2.8). Like ``Secret`` it prints nothing.
///
/// A password that is not well formed still *is* a value: at sign-in it takes the path of a wrong one, so that its form
/// tells nothing; where one is set, the policy refuses it.
public struct Password: Redacted, Sendable {
    /// Most bytes accepted, as received; checked before anything else is looked at.
    public static let maximumBytes = 4096
    /// Most code points accepted, after NFC.
    public static let maximumCodePoints = 1024

    /// The NFC form in UTF-8; `nil` when the input was empty, too long or not UTF-8.
    package let normalized: Secret?
    /// The bytes as received, which is what others hash; `nil` when there were none, or too many.
    package let received: Secret?
    package let form: Form

    package enum Form: Hashable, Sendable {
        case wellFormed(codePoints: Int), empty, tooLong, notUTF8
    }

    public init(_ text: String) {
        var text = text
        self = text.withUTF8 { utf8 in unsafe Password(bytes: UnsafeRawBufferPointer(utf8)) }
    }

    /// From bytes that claim to be UTF-8.
    public init(utf8 bytes: Secret) {
        self = unsafe bytes.withUnsafeBytes { unsafe Password(bytes: $0) }
    }

    private init(bytes: UnsafeRawBufferPointer) {
        (form, normalized) = unsafe Self.normalize(bytes)
        let isHashable = unsafe !bytes.isEmpty && bytes.count <= Self.maximumBytes
        received = isHashable ? Secret(copying: unsafe Array(bytes)) : nil
    }

    private static func normalize(_ bytes: UnsafeRawBufferPointer) -> (Form, Secret?) {
        guard unsafe !bytes.isEmpty else { return (.empty, nil) }
        guard bytes.count <= maximumBytes else { return (.tooLong, nil) }
        guard let text = unsafe String(validating: bytes, as: UTF8.self) else { return (.notUTF8, nil) }
        let composed = text.precomposedStringWithCanonicalMapping
        let codePoints = composed.unicodeScalars.count
        guard codePoints <= maximumCodePoints else { return (.tooLong, nil) }
        return (.wellFormed(codePoints: codePoints), Secret(copying: composed.utf8))
    }
}
