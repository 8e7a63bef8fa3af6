// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardOTP
import DoorwardTesting
import Testing

@Suite struct ProvisioningURITests {
    private static let base32 = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

    @Test func whatIsBuiltSaysEverythingAndParsesBack() throws {
        let secret = try #require(SharedSecret(base32: Self.base32))
        for type in [OneTimePasswordType.totp(period: 60), .hotp(counter: .max)] {
            for algorithm in OneTimePasswordAlgorithm.allCases {
                for issuer in ["Example", "A&secret=X", "ü/?#[]@ 100%", nil] {
                    let uri = try #require(
                        ProvisioningURI(
                            type: type, secret: secret, account: "alice@example.com", issuer: issuer,
                            algorithm: algorithm, digits: 8))
                    let text = uri.revealed()
                    #expect(text.split(separator: "secret=").count == 2)
                    let parsed = try ProvisioningURI(parsing: text)
                    #expect(parsed.type == type && parsed.algorithm == algorithm && parsed.digits == 8)
                    #expect(parsed.issuer == issuer && parsed.account == "alice@example.com")
                    #expect(parsed.secret.revealedBase32() == Self.base32)
                    #expect(parsed.revealed() == text)
                }
            }
        }
    }

    @Test func theTextIsTheOneThatAppsKnow() throws {
        let secret = try #require(SharedSecret(base32: Self.base32))
        let uri = ProvisioningURI(type: .totp(period: 30), secret: secret, account: "alice", issuer: "Doorward Inc")
        #expect(
            uri?.revealed()
                == "otpauth://totp/Doorward%20Inc:alice?secret=\(Self.base32)&issuer=Doorward%20Inc&algorithm=SHA1&digits=6&period=30"
        )
        let hotp = ProvisioningURI(type: .hotp(counter: 5), secret: secret, account: "alice", issuer: nil)
        #expect(hotp?.revealed() == "otpauth://hotp/alice?secret=\(Self.base32)&algorithm=SHA1&digits=6&counter=5")
    }

    @Test(arguments: [
        "otpauth://totp/alice?secret=\(base32)", "OTPAUTH://TOTP/alice?secret=\(base32.lowercased())",
        "otpauth://totp/A%3Aalice?secret=\(base32)&issuer=A",
        "otpauth://totp/A:%20alice?secret=\(base32)&algorithm=sha256",
        "otpauth://totp/alice?secret=\(base32)&image=https%3A%2F%2Fexample.com",
    ])
    func usualVariantsParse(_ text: String) throws {
        let uri = try ProvisioningURI(parsing: text)
        #expect(uri.account == "alice" && uri.digits == 6 && uri.type == .totp(period: 30))
    }

    @Test(arguments: [
        "", "otpauth://", "https://totp/alice?secret=\(base32)", "otpauth://totp/alice",
        "otpauth://motp/alice?secret=\(base32)",
        "otpauth://totp/?secret=\(base32)", "otpauth://totp/alice?secret=", "otpauth://totp/alice?secret=A",
        "otpauth://totp/alice?secret=\(base32)&secret=\(base32)", "otpauth://totp/alice?secret=\(base32)&digits=5",
        "otpauth://totp/alice?secret=\(base32)&digits=06x",
        "otpauth://totp/alice?secret=\(base32)&digits=99999999999999999999",
        "otpauth://totp/alice?secret=\(base32)&period=0", "otpauth://totp/alice?secret=\(base32)&period=121",
        "otpauth://totp/alice?secret=\(base32)&algorithm=MD5", "otpauth://hotp/alice?secret=\(base32)",
        "otpauth://hotp/alice?secret=\(base32)&counter=-1", "otpauth://totp/A:alice?secret=\(base32)&issuer=B",
        "otpauth://totp/a:b:c?secret=\(base32)", "otpauth://totp/alice%0A?secret=\(base32)",
        "otpauth://totp/al%ZZice?secret=\(base32)",
        "otpauth://totp/alice%?secret=\(base32)", "otpauth://totp/%FF?secret=\(base32)",
        "otpauth://totp/alice?secret=\(base32)#x",
        "otpauth://totp/alice?secret=\(base32)&&", "otpauth://totp/ü?secret=\(base32)",
        "otpauth://totp/a/b?secret=\(base32)",
        "otpauth://totp/" + String(repeating: "a", count: 5000) + "?secret=\(base32)",
    ])
    func whatIsMalformedIsRefused(_ text: String) {
        #expect(throws: ProvisioningURIError.self) { try ProvisioningURI(parsing: text) }
    }

    @Test func recoveryCodesIgnoreCaseAndHyphensAndNothingElse() throws {
        let code = RecoveryCode(from: SystemRandomSource())
        let text = code.revealed()
        #expect(text.count == 29)
        for spelling in [text, text.lowercased(), text.replacing("-", with: ""), "-" + text + "-"] {
            #expect(RecoveryCode(spelling)?.canonical.matches(code.canonical) == true)
        }
        for spelling in [
            "", " " + text, text + "\n", String(text.dropLast()), text + "A", text.replacing("-", with: " "), "123456",
        ] {
            #expect(RecoveryCode(spelling) == nil)
        }
    }
}
