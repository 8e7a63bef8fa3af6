// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// What is stored of a password.
package enum StoredHash: Redacted, Hashable, Sendable {
    /// Our own: Argon2 of the normalised password, with a pepper.
    case own(PHCString)
    /// Another system's, as it came.
    case old(OldHash)
    /// Our own over another system's digest, for those who have not signed in since.
    case wrapped(HashRecipe, PHCString)

    /// The key of the pepper, if there is one.
    package var keyID: KeyID? {
        switch self {
        case .own(let hash), .wrapped(_, let hash): hash.keyID
        case .old: nil
        }
    }

    /// The same work for nobody, the same value for all hashes that cost the same: no password matches it.
    package var blank: StoredHash {
        switch self {
        case .own(let hash): .own(hash.blank)
        case .old(let hash):
            .old(OldHash(recipe: hash.recipe.blank, digest: [UInt8](repeating: 0, count: hash.digest.count)))
        case .wrapped(let recipe, let hash): .wrapped(recipe.blank, hash.blank)
        }
    }
}

extension PHCString {
    fileprivate var blank: PHCString {
        PHCString(
            variant: variant, parameters: parameters, keyID: nil, salt: [UInt8](repeating: 0, count: salt.count),
            tag: [UInt8](repeating: 0, count: tag.count))
    }
}

extension CBORWriter {
    package mutating func hash(_ hash: StoredHash) {
        switch hash {
        case .own(let hash):
            array(count: 2)
            unsigned(0)
            text(hash.text)
        case .old(let hash):
            array(count: 3)
            unsigned(1)
            byteString(hash.digest)
            hash.recipe.encode(to: &self)
        case .wrapped(let recipe, let hash):
            array(count: 3)
            unsigned(2)
            text(hash.text)
            recipe.encode(to: &self)
        }
    }
}

extension CBORReader {
    package mutating func hash() throws(CBORError) -> StoredHash {
        let count = try array()
        switch (try unsigned(), count) {
        case (0, 2): return .own(try phcString())
        case (1, 3):
            let digest = try byteString()
            let recipe = try HashRecipe(from: &self)
            guard digest.count == recipe.digestLength else {
                throw CBORError(reason: "a hash of another length")
            }
            return .old(OldHash(recipe: recipe, digest: digest))
        case (2, 3):
            let hash = try phcString()
            return .wrapped(try HashRecipe(from: &self), hash)
        default: throw CBORError(reason: "not a hash")
        }
    }

    private mutating func phcString() throws(CBORError) -> PHCString {
        let text = try text()
        do throws(PHCStringError) { return try PHCString(parsing: text) } catch {
            throw CBORError(reason: error.reason)
        }
    }
}
