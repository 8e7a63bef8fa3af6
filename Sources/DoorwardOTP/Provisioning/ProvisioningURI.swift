// SPDX-License-Identifier: Apache-2.0

public import DoorwardCore

/// An `otpauth` URI, which carries a shared secret into an authenticator app. Secret as a whole.
///
/// The form is the one that apps agree on: `otpauth://totp/Issuer:account?secret=…&issuer=…&algorithm=SHA1&digits=6&period=30`.
/// What is built always says everything; what is parsed may leave out what has a default.
public struct ProvisioningURI: Redacted, Sendable {
    /// The longest URI that is made or parsed.
    public static let maximumBytes = 4096

    public let type: OneTimePasswordType
    public let secret: SharedSecret
    public let account: String
    public let issuer: String?
    public let algorithm: OneTimePasswordAlgorithm
    public let digits: Int

    /// `nil` for a value out of range, an empty account, or a colon in issuer or account, which the form cannot tell
    /// from the one between them.
    public init?(
        type: OneTimePasswordType, secret: SharedSecret, account: String, issuer: String?,
        algorithm: OneTimePasswordAlgorithm = .sha1, digits: Int = 6
    ) {
        guard (6...8).contains(digits), Self.isGood(account), issuer.map(Self.isGood) ?? true else { return nil }
        if case .totp(let period) = type {
            guard TOTP.periods.contains(period) else { return nil }
        }
        self.type = type
        self.secret = secret
        self.account = account
        self.issuer = issuer
        self.algorithm = algorithm
        self.digits = digits
        guard revealed().utf8.count <= Self.maximumBytes else { return nil }
    }

    /// Whether a name survives being written and read: no colon, no control characters, no spaces around it.
    package static func isGood(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, let last = name.unicodeScalars.last, name.utf8.count <= 255 else {
            return false
        }
        return !name.unicodeScalars.contains { $0 == ":" || $0.properties.generalCategory == .control }
            && !first.properties.isWhitespace && !last.properties.isWhitespace
    }

    /// The URI as text, to be shown to its owner and nobody else.
    public func revealed() -> String {
        let label = (issuer.map { PercentEncoding.encode($0) + ":" } ?? "") + PercentEncoding.encode(account)
        var query = ["secret=\(secret.revealedBase32())"]
        if let issuer { query.append("issuer=\(PercentEncoding.encode(issuer))") }
        query += ["algorithm=\(algorithm.rawValue)", "digits=\(digits)"]
        switch type {
        case .totp(let period):
            query.append("period=\(period)")
            return "otpauth://totp/\(label)?\(query.joined(separator: "&"))"
        case .hotp(let counter):
            query.append("counter=\(counter)")
            return "otpauth://hotp/\(label)?\(query.joined(separator: "&"))"
        }
    }

    /// Parses strictly: every parameter at most once, the issuer the same in both places, numbers in plain decimal.
    /// Parameters that are not of the form, such as an app's `image`, are left out.
    ///
    /// - Throws: ``ProvisioningURIError``, which says what is wrong.
    public init(parsing text: String) throws(ProvisioningURIError) {
        guard text.utf8.count <= Self.maximumBytes else {
            throw .init(reason: "longer than \(Self.maximumBytes) bytes")
        }
        guard text.prefix(10).lowercased() == "otpauth://" else { throw .init(reason: "not an otpauth URI") }
        let parts = text.dropFirst(10).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, path.count == 2 else { throw .init(reason: "not of the form otpauth://TYPE/LABEL?…") }
        guard !parts[1].utf8.contains(UInt8(ascii: "#")) else { throw .init(reason: "it has a fragment") }

        let parameters = try Self.parameters(parts[1])
        guard let secret = parameters["secret"].flatMap({ SharedSecret(base32: $0) }) else {
            throw .init(reason: "the secret is not 16 to 128 bytes in Base32")
        }
        guard let algorithm = OneTimePasswordAlgorithm(rawValue: (parameters["algorithm"] ?? "SHA1").uppercased())
        else {
            throw .init(reason: "the algorithm is not SHA1, SHA256 or SHA512")
        }
        guard let digits = Self.decimal(parameters["digits"] ?? "6"), (6...8).contains(digits) else {
            throw .init(reason: "digits is not 6 to 8")
        }
        let type: OneTimePasswordType
        switch path[0].lowercased() {
        case "totp":
            guard let period = Self.decimal(parameters["period"] ?? "30").flatMap(Int.init(exactly:)),
                TOTP.periods.contains(period)
            else { throw .init(reason: "the period is not 1 to 120") }
            type = .totp(period: period)
        case "hotp":
            guard let counter = parameters["counter"].flatMap(Self.decimal) else {
                throw .init(reason: "the counter is missing or not a number")
            }
            type = .hotp(counter: counter)
        default: throw .init(reason: "the type is not totp or hotp")
        }
        let (labelIssuer, account) = try Self.label(path[1])
        let issuer = parameters["issuer"]
        if let issuer, let labelIssuer, issuer != labelIssuer { throw .init(reason: "it names two issuers") }
        guard
            let uri = ProvisioningURI(
                type: type, secret: secret, account: account, issuer: issuer ?? labelIssuer, algorithm: algorithm,
                digits: Int(digits))
        else { throw .init(reason: "the account or issuer is empty, too long, or has a colon or control character") }
        self = uri
    }

    private static func parameters(_ query: Substring) throws(ProvisioningURIError) -> [String: String] {
        var parameters: [String: String] = [:]
        for pair in query.split(separator: "&", omittingEmptySubsequences: false) {
            let fields = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard fields.count == 2, let name = PercentEncoding.decode(fields[0]),
                let value = PercentEncoding.decode(fields[1])
            else { throw .init(reason: "a parameter is malformed") }
            guard parameters.updateValue(value, forKey: name) == nil else {
                throw .init(reason: "a parameter is there twice")
            }
        }
        return parameters
    }

    /// The colon between issuer and account may itself be encoded, and spaces may follow it.
    private static func label(_ text: Substring) throws(ProvisioningURIError) -> (issuer: String?, account: String) {
        guard let label = PercentEncoding.decode(text) else { throw .init(reason: "the label is malformed") }
        let parts = label.split(separator: ":", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return (nil, label)
        case 2: return (String(parts[0]), String(parts[1].drop { $0 == " " }))
        default: throw .init(reason: "the label has two colons")
        }
    }

    private static func decimal(_ text: String) -> UInt64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt64(text)
    }
}

/// Why a text is no `otpauth` URI. Safe to show: it does not repeat the text.
public struct ProvisioningURIError: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: String
    public var description: String { reason }
}
