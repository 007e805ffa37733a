import JSON

/// Phrases for `type`, `x-bson` and date formats.
enum TypePhrase {
    static func expected(_ block: Block) -> String {
        var parts: [String] = []
        let types = block.types
        if types & JSONKind.string.bit != 0 { parts.append(stringPhrase(block.bson)) }
        if types & JSONKind.number.bit != 0 { parts.append(numberPhrase(block)) }
        if types & JSONKind.true.bit != 0 { parts.append("true or false") }
        if types & JSONKind.array.bit != 0 { parts.append("a list") }
        if types & JSONKind.object.bit != 0 { parts.append("an object") }
        // Null is mentioned only alone: next to other types it is not what the sender meant.
        if parts.isEmpty { parts.append("null") }
        guard parts.count > 1, let last = parts.popLast() else { return parts[0] }
        return parts.joined(separator: ", ") + " or " + last
    }

    private static func stringPhrase(_ kind: BSONKind?) -> String {
        switch kind {
        case .date: "a date such as \"2021-12-31\""
        case .objectId: "an identifier of 24 hexadecimal digits"
        default: "a string"
        }
    }

    private static func numberPhrase(_ block: Block) -> String {
        if block.flags.contains(.integer) { return "a whole number" }
        return block.bson == .decimal ? "a decimal number" : block.bson == .long ? "a whole number" : "a number"
    }

    /// How to correct `node`.
    static func remedy(_ block: Block, found node: JSONNode) -> String {
        let types = block.types
        switch node.kind {
        case .null: return "write a value; null is not allowed here"
        case .string where types & ~JSONKind.null.bit == JSONKind.array.bit:
            return "write [\(FoundPhrase.quoted(node))]"
        case .string where types & JSONKind.number.bit != 0:
            let isWhole = block.flags.contains(.integer) || block.bson == .long
            let example = isWhole ? "12" : "12.5"
            guard let number = numberMeant(node) else { return "write digits without quotes, such as \(example)" }
            if isWhole, !number.utf8.allSatisfy({ ASCII.isDigit($0) || $0 == UInt8(ascii: "-") }) {
                return "write a whole number without quotes, such as \(example)"
            }
            return node.isString(bytesOf: number) ? "write \(number), without quotes" : "write \(number)"
        case .string where types & JSONKind.true.bit != 0:
            switch node.string?.lowercased() {
            case "true", "yes", "si", "sí", "1": return "write true, without quotes"
            case "false", "no", "0": return "write false, without quotes"
            default: return "write true or false, without quotes"
            }
        case .number where types & JSONKind.number.bit != 0: return "write it without a fraction"
        case .number, .true, .false:
            if types & JSONKind.true.bit != 0 {
                if node.isPlainInteger, node.utf8.count == 1, node.utf8[0] == 48 || node.utf8[0] == 49 {
                    return node.utf8[0] == 49 ? "write true" : "write false"
                }
                return "write true or false"
            }
            if types & JSONKind.string.bit != 0 {
                if block.bson == .date { return "write it as \"2021-12-31\"" }
                return "write \"\(FoundPhrase.cut(String(decoding: node.utf8, as: UTF8.self)))\", with quotes"
            }
            return general(types)
        default: return general(types)
        }
    }

    private static func general(_ types: UInt8) -> String {
        if types & JSONKind.string.bit != 0 { return "write text in quotes" }
        if types & JSONKind.number.bit != 0 { return "write digits, such as 12.5" }
        if types & JSONKind.true.bit != 0 { return "write true or false" }
        if types & JSONKind.array.bit != 0 { return "write a list in brackets, such as [1, 2]" }
        if types & JSONKind.object.bit != 0 { return "write an object in braces, such as {\"code\": \"a\"}" }
        return "write null, or leave it out"
    }

    /// Guesses the number in a string: `12,5` → `12.5`, `1.234,56` → `1234.56`, ` 7 ` → `7`.
    static func numberMeant(_ node: JSONNode) -> String? {
        guard node.utf8.count <= 40 else { return nil }
        var text = node.utf8.filter { $0 != UInt8(ascii: " ") }
        if text.first == UInt8(ascii: "+") { text.removeFirst() }
        let comma = UInt8(ascii: ",")
        let point = UInt8(ascii: ".")
        if let lastComma = text.lastIndex(of: comma) {
            let lastPoint = text.lastIndex(of: point) ?? -1
            let decimal = max(lastComma, lastPoint)
            let separator = text[decimal]
            // A separator that occurs twice is a thousands separator; so is the other one.
            guard text.filter({ $0 == separator }).count == 1 else { return nil }
            text = text[..<decimal].filter { $0 != comma && $0 != point } + [point] + text[(decimal + 1)...]
        }
        while text.count > 1, text[0] == 48, text[1] != point { text.removeFirst() }
        let magnitude = text.first == UInt8(ascii: "-") ? text.dropFirst() : text[...]
        let parts = magnitude.split(separator: point, omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(ASCII.isDigit) }) else {
            return nil
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension JSONNode {
    fileprivate func isString(bytesOf text: String) -> Bool {
        var text = text
        return text.withUTF8 { isString($0) }
    }
}
