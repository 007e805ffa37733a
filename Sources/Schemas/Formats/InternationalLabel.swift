/// Decides which labels IDNA 2008 allows: code points of RFC 5892 and its contextual rules.
enum InternationalLabel {
    static func isAllowed(_ label: [UInt32]) -> Bool {
        guard let first = label.first, first != 0x2D, label.last != 0x2D else { return false }
        if label.count >= 4, label[2] == 0x2D, label[3] == 0x2D { return false }
        guard let scalar = Unicode.Scalar(first), !isMark(scalar) else { return false }
        return label.indices.allSatisfy { isAllowed(label, at: $0) }
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    private static func isAllowed(_ label: [UInt32], at i: Int) -> Bool {
        let value = label[i]
        guard let scalar = Unicode.Scalar(value) else { return false }
        switch value {
        // RFC 5892, section 2.6: exceptions.
        case 0xDF, 0x3C2, 0x6FD, 0x6FE, 0xF0B, 0x3007: return true
        case 0x640, 0x7FA, 0x302E, 0x302F, 0x3031...0x3035, 0x303B: return false
        // Appendix A: contextual rules.
        case 0xB7: return i > 0 && i + 1 < label.count && label[i - 1] == 0x6C && label[i + 1] == 0x6C
        case 0x375: return i + 1 < label.count && UnicodeScript.greek.contains(label[i + 1])
        case 0x5F3, 0x5F4: return i > 0 && UnicodeScript.hebrew.contains(label[i - 1])
        case 0x30FB:
            return label.contains {
                UnicodeScript.hiragana.contains($0) || UnicodeScript.katakana.contains($0)
                    || UnicodeScript.han.contains($0)
            }
        case 0x660...0x669: return !label.contains { (0x6F0...0x6F9).contains($0) }
        case 0x6F0...0x6F9: return !label.contains { (0x660...0x669).contains($0) }
        case 0x200C: return isAfterVirama(label, i) || joins(label, i)
        case 0x200D: return isAfterVirama(label, i)
        case 0x2D, 0x30...0x39, 0x61...0x7A: return true
        default: return isProtocolValid(scalar)
        }
    }

    /// Letters, digits and marks that case folding and normalisation leave unchanged.
    private static func isProtocolValid(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        if properties.changesWhenNFKCCaseFolded || properties.isDefaultIgnorableCodePoint
            || properties.isNoncharacterCodePoint || isOldHangul(scalar.value)
        {
            return false
        }
        switch properties.generalCategory {
        case .lowercaseLetter, .uppercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark,
            .decimalNumber:
            return true
        default: return false
        }
    }

    private static func isOldHangul(_ value: UInt32) -> Bool {
        (0x1100...0x11FF).contains(value) || (0xA960...0xA97F).contains(value) || (0xD7B0...0xD7FF).contains(value)
    }

    private static func isAfterVirama(_ label: [UInt32], _ i: Int) -> Bool {
        guard i > 0, let before = Unicode.Scalar(label[i - 1]) else { return false }
        return before.properties.canonicalCombiningClass == .virama
    }

    /// Appendix A.1: between joining letters. The standard library has no joining types, so every letter of the Arabic
    /// script counts as joining.
    private static func joins(_ label: [UInt32], _ i: Int) -> Bool {
        func joiner(_ candidates: some Sequence<UInt32>) -> Bool {
            for value in candidates {
                guard let scalar = Unicode.Scalar(value) else { return false }
                if isMark(scalar) { continue }
                return UnicodeScript.arabic.contains(value) && scalar.properties.isAlphabetic
            }
            return false
        }
        return joiner(label[..<i].reversed()) && joiner(label[(i + 1)...])
    }
}
