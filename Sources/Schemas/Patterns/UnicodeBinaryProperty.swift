/// Unicode binary properties supported in patterns.
enum UnicodeBinaryProperty: String, Sendable {
    case any = "Any"
    case ascii = "ASCII"
    case assigned = "Assigned"
    case alphabetic = "Alphabetic"
    case uppercase = "Uppercase"
    case lowercase = "Lowercase"
    case whiteSpace = "White_Space"
    case asciiHexDigit = "ASCII_Hex_Digit"
    case hexDigit = "Hex_Digit"
    case idStart = "ID_Start"
    case idContinue = "ID_Continue"
    case dash = "Dash"
    case emoji = "Emoji"
    case emojiPresentation = "Emoji_Presentation"
    case ideographic = "Ideographic"
    case math = "Math"
    case cased = "Cased"
    case diacritic = "Diacritic"

    /// Looks up by short alias.
    init?(short name: String) {
        switch name {
        case "Alpha": self = .alphabetic
        case "Upper": self = .uppercase
        case "Lower": self = .lowercase
        case "space": self = .whiteSpace
        case "AHex": self = .asciiHexDigit
        case "Hex": self = .hexDigit
        case "IDS": self = .idStart
        case "IDC": self = .idContinue
        case "EPres": self = .emojiPresentation
        case "Ideo": self = .ideographic
        case "Dia": self = .diacritic
        default: return nil
        }
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        return switch self {
        case .any: true
        case .ascii: scalar.isASCII
        case .assigned: properties.generalCategory != .unassigned
        case .alphabetic: properties.isAlphabetic
        case .uppercase: properties.isUppercase
        case .lowercase: properties.isLowercase
        case .whiteSpace: properties.isWhitespace
        case .asciiHexDigit: properties.isASCIIHexDigit
        case .hexDigit: properties.isHexDigit
        case .idStart: properties.isIDStart
        case .idContinue: properties.isIDContinue
        case .dash: properties.isDash
        case .emoji: properties.isEmoji
        case .emojiPresentation: properties.isEmojiPresentation
        case .ideographic: properties.isIdeographic
        case .math: properties.isMath
        case .cased: properties.isCased
        case .diacritic: properties.isDiacritic
        }
    }
}
