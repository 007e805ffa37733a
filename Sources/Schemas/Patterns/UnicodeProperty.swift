/// A Unicode property of `\p{…}`.
enum UnicodeProperty: Sendable {
    /// One bit for each general category.
    case category(UInt32)
    case script(UnicodeScript)
    case binary(UnicodeBinaryProperty)
    case set(ScalarSetBox)

    /// Parses the text between the braces; nil for an unknown property.
    init?(_ text: String) {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        switch parts.count {
        case 1:
            if let mask = GeneralCategories.mask(named: text) {
                self = .category(mask)
            } else if let binary = UnicodeBinaryProperty(rawValue: text) ?? UnicodeBinaryProperty(short: text) {
                self = .binary(binary)
            } else {
                return nil
            }
        case 2:
            switch parts[0] {
            case "General_Category", "gc":
                guard let mask = GeneralCategories.mask(named: parts[1]) else { return nil }
                self = .category(mask)
            // Script_Extensions is not known: it differs from Script by the characters that several scripts share.
            case "Script", "sc":
                guard let script = UnicodeScript(rawValue: parts[1]) ?? UnicodeScript(short: parts[1]) else {
                    return nil
                }
                self = .script(script)
            default: return nil
            }
        default: return nil
        }
    }

    func contains(_ value: UInt32) -> Bool {
        if case .set(let box) = self { return box.set.contains(value) }
        guard let scalar = Unicode.Scalar(value) else { return false }
        switch self {
        case .category(let mask): return mask & GeneralCategories.bit(scalar.properties.generalCategory) != 0
        case .script(let script): return script.contains(value)
        case .binary(let property): return property.contains(scalar)
        case .set(let box): return box.set.contains(value)
        }
    }
}
