/// Unicode general categories by name.
enum GeneralCategories {
    private static let order: [(category: Unicode.GeneralCategory, names: [String])] = [
        (.uppercaseLetter, ["Lu", "Uppercase_Letter"]), (.lowercaseLetter, ["Ll", "Lowercase_Letter"]),
        (.titlecaseLetter, ["Lt", "Titlecase_Letter"]), (.modifierLetter, ["Lm", "Modifier_Letter"]),
        (.otherLetter, ["Lo", "Other_Letter"]), (.nonspacingMark, ["Mn", "Nonspacing_Mark"]),
        (.spacingMark, ["Mc", "Spacing_Mark"]), (.enclosingMark, ["Me", "Enclosing_Mark"]),
        (.decimalNumber, ["Nd", "Decimal_Number", "digit"]), (.letterNumber, ["Nl", "Letter_Number"]),
        (.otherNumber, ["No", "Other_Number"]), (.connectorPunctuation, ["Pc", "Connector_Punctuation"]),
        (.dashPunctuation, ["Pd", "Dash_Punctuation"]), (.openPunctuation, ["Ps", "Open_Punctuation"]),
        (.closePunctuation, ["Pe", "Close_Punctuation"]), (.initialPunctuation, ["Pi", "Initial_Punctuation"]),
        (.finalPunctuation, ["Pf", "Final_Punctuation"]), (.otherPunctuation, ["Po", "Other_Punctuation"]),
        (.mathSymbol, ["Sm", "Math_Symbol"]), (.currencySymbol, ["Sc", "Currency_Symbol"]),
        (.modifierSymbol, ["Sk", "Modifier_Symbol"]), (.otherSymbol, ["So", "Other_Symbol"]),
        (.spaceSeparator, ["Zs", "Space_Separator"]), (.lineSeparator, ["Zl", "Line_Separator"]),
        (.paragraphSeparator, ["Zp", "Paragraph_Separator"]), (.control, ["Cc", "Control", "cntrl"]),
        (.format, ["Cf", "Format"]), (.surrogate, ["Cs", "Surrogate"]), (.privateUse, ["Co", "Private_Use"]),
        (.unassigned, ["Cn", "Unassigned"]),
    ]

    /// Long name, and the common first letter of its members' short names.
    private static let groups: [(names: [String], letter: Character)] = [
        (["L", "Letter"], "L"), (["M", "Mark", "Combining_Mark"], "M"), (["N", "Number"], "N"),
        (["P", "Punctuation", "punct"], "P"), (["S", "Symbol"], "S"), (["Z", "Separator"], "Z"), (["C", "Other"], "C"),
    ]

    static func bit(_ category: Unicode.GeneralCategory) -> UInt32 {
        switch category {
        case .uppercaseLetter: 1 << 0
        case .lowercaseLetter: 1 << 1
        case .titlecaseLetter: 1 << 2
        case .modifierLetter: 1 << 3
        case .otherLetter: 1 << 4
        case .nonspacingMark: 1 << 5
        case .spacingMark: 1 << 6
        case .enclosingMark: 1 << 7
        case .decimalNumber: 1 << 8
        case .letterNumber: 1 << 9
        case .otherNumber: 1 << 10
        case .connectorPunctuation: 1 << 11
        case .dashPunctuation: 1 << 12
        case .openPunctuation: 1 << 13
        case .closePunctuation: 1 << 14
        case .initialPunctuation: 1 << 15
        case .finalPunctuation: 1 << 16
        case .otherPunctuation: 1 << 17
        case .mathSymbol: 1 << 18
        case .currencySymbol: 1 << 19
        case .modifierSymbol: 1 << 20
        case .otherSymbol: 1 << 21
        case .spaceSeparator: 1 << 22
        case .lineSeparator: 1 << 23
        case .paragraphSeparator: 1 << 24
        case .control: 1 << 25
        case .format: 1 << 26
        case .surrogate: 1 << 27
        case .privateUse: 1 << 28
        case .unassigned: 1 << 29
        @unknown default: 1 << 30
        }
    }

    /// One bit for each category that the name denotes; nil for an unknown name.
    static func mask(named name: String) -> UInt32? {
        if name == "LC" || name == "Cased_Letter" { return 0b111 }
        if let group = groups.first(where: { $0.names.contains(name) }) {
            return order.filter { $0.names[0].first == group.letter }.reduce(0) { $0 | bit($1.category) }
        }
        return order.first { $0.names.contains(name) }.map { bit($0.category) }
    }
}
