// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The UsernameCaseMapped profile of PRECIS (RFC 8265 § 3.3 on RFC 8264).
enum UsernameProfile {
    static func enforce(_ raw: String) throws(LoginNameError) -> String {
        let once = try applyRules(to: raw)
        // RFC 8264 § 7: the rules may need more than one round to settle; what does not settle is refused.
        let twice = try applyRules(to: once)
        guard Array(twice.unicodeScalars) == Array(once.unicodeScalars) else { throw .disallowedCharacter }
        return once
    }

    private static func applyRules(to raw: String) throws(LoginNameError) -> String {
        let widthMapped = mapWidth(raw)
        let mapped = lowercase(widthMapped).precomposedStringWithCanonicalMapping
        let scalars = Array(mapped.unicodeScalars)
        guard !scalars.isEmpty else { throw .empty }
        for index in scalars.indices {
            guard isAllowed(scalars, at: index) else { throw .disallowedCharacter }
        }
        guard satisfiesBidiRule(scalars) else { throw .bidiRule }
        return mapped
    }

    /// Fullwidth and halfwidth forms to their ordinary ones (RFC 8265 § 3.3.2).
    private static func mapWidth(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x3000, 0xFF01...0xFFEE:
                out.append(contentsOf: String(scalar).precomposedStringWithCompatibilityMapping.unicodeScalars)
            default: out.append(scalar)
            }
        }
        return String(out)
    }

    /// Unicode's toLowerCase, with the one context-dependent mapping that is not tied to a language: final sigma.
    private static func lowercase(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var out = ""
        for (index, scalar) in scalars.enumerated() {
            if scalar == "\u{3A3}", hasCasedNeighbour(scalars[..<index].reversed()),
                !hasCasedNeighbour(scalars[(index + 1)...])
            {
                out.unicodeScalars.append("\u{3C2}")
            } else {
                out += scalar.properties.lowercaseMapping
            }
        }
        return out
    }

    private static func hasCasedNeighbour(_ scalars: some Sequence<Unicode.Scalar>) -> Bool {
        scalars.first { !$0.properties.isCaseIgnorable }?.properties.isCased ?? false
    }
}

// MARK: - The identifier class (RFC 8264 § 4.2, with the categories of § 9)

extension UsernameProfile {
    private static func isAllowed(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
        let scalar = scalars[index]
        switch scalar.value {
        // § 9.6, exceptions.
        case 0xDF, 0x3C2, 0x6FD, 0x6FE, 0xF0B, 0x3007: return true
        case 0x640, 0x7FA, 0x302E, 0x302F, 0x3031...0x3035, 0x303B: return false
        case 0xB7, 0x375, 0x5F3, 0x5F4, 0x30FB, 0x660...0x669, 0x6F0...0x6F9, 0x200C, 0x200D:
            return satisfiesContextRule(scalars, at: index)
        // § 9.11, printable ASCII. The space is not in it.
        case 0x21...0x7E: return true
        // § 9.9, old Hangul jamo.
        case 0x1100...0x11FF, 0xA960...0xA97C, 0xD7B0...0xD7FB: return false
        default: break
        }
        let properties = scalar.properties
        guard !properties.isDefaultIgnorableCodePoint, !properties.isNoncharacterCodePoint else { return false }
        // § 9.17, HasCompat.
        let text = String(scalar)
        guard Array(text.precomposedStringWithCompatibilityMapping.unicodeScalars) == [scalar] else { return false }
        switch properties.generalCategory {
        case .lowercaseLetter, .uppercaseLetter, .otherLetter, .modifierLetter, .decimalNumber, .nonspacingMark,
            .spacingMark:
            return true
        default: return false
        }
    }

    /// RFC 5892 Appendix A.
    private static func satisfiesContextRule(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
        let before = index > 0 ? scalars[index - 1] : nil
        let after = index + 1 < scalars.count ? scalars[index + 1] : nil
        func script(_ scalar: Unicode.Scalar?) -> String? { scalar.flatMap { UnicodeTables.script[$0] } }
        let afterVirama = before?.properties.canonicalCombiningClass.rawValue == 9
        switch scalars[index].value {
        case 0x200C: return afterVirama || joins(scalars, around: index)  // A.1
        case 0x200D: return afterVirama  // A.2
        case 0xB7: return before == "l" && after == "l"  // A.3
        case 0x375: return script(after) == "Greek"  // A.4
        case 0x5F3, 0x5F4: return script(before) == "Hebrew"  // A.5, A.6
        case 0x30FB:  // A.7
            return scalars.contains { ["Hiragana", "Katakana", "Han"].contains(UnicodeTables.script[$0]) }
        case 0x660...0x669: return !scalars.contains { (0x6F0...0x6F9).contains($0.value) }  // A.8
        default: return !scalars.contains { (0x660...0x669).contains($0.value) }  // A.9
        }
    }

    /// A.1: between letters that join to it from both sides, marks left out.
    private static func joins(_ scalars: [Unicode.Scalar], around index: Int) -> Bool {
        func nearest(_ side: some Sequence<Unicode.Scalar>) -> String? {
            side.lazy.map { UnicodeTables.joiningType[$0] }.first { $0 != "T" } ?? nil
        }
        guard let left = nearest(scalars[..<index].reversed()), let right = nearest(scalars[(index + 1)...])
        else { return false }
        return ["L", "D"].contains(left) && ["R", "D"].contains(right)
    }
}

// MARK: - The Bidi rule (RFC 5893 § 2)

extension UsernameProfile {
    private static func satisfiesBidiRule(_ scalars: [Unicode.Scalar]) -> Bool {
        let classes = scalars.map { UnicodeTables.bidiClass[$0] ?? "L" }
        guard classes.contains(where: { ["R", "AL", "AN"].contains($0) }) else { return true }
        guard let first = classes.first, let last = classes.last(where: { $0 != "NSM" }) else { return false }
        switch first {
        case "R", "AL":
            let allowed: Set = ["R", "AL", "AN", "EN", "ES", "CS", "ET", "ON", "BN", "NSM"]
            return classes.allSatisfy(allowed.contains) && ["R", "AL", "EN", "AN"].contains(last)
                && !(classes.contains("EN") && classes.contains("AN"))
        case "L":
            let allowed: Set = ["L", "EN", "ES", "CS", "ET", "ON", "BN", "NSM"]
            return classes.allSatisfy(allowed.contains) && ["L", "EN"].contains(last)
        default: return false
        }
    }
}
