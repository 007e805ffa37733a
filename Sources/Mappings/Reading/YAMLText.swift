internal import JSON
internal import Yams

/// Parses YAML to nodes with positions, within bounds. Invalid or oversized YAML is a mistake with a position.
enum YAMLText {
    /// Maximum file size.
    static let maximumBytes = 4 << 20
    /// Maximum number of nodes with all aliases expanded: guards against exponential expansion.
    static let maximumNodes = 200_000
    static let maximumDepth = 64

    /// The document's root; nil for an empty file.
    static func compose(_ text: String, file: String) throws(MappingDiagnostic) -> Node? {
        func mistake(_ position: TextPosition, _ rule: String, _ message: String) -> MappingDiagnostic {
            MappingDiagnostic(file: file, position: position, rule: rule, message: message)
        }
        let start = TextPosition(line: 1, column: 1)
        guard text.utf8.count <= maximumBytes else {
            throw mistake(
                start, "file-too-large", "the file has \(text.utf8.count) bytes; at most \(maximumBytes) are read")
        }
        if let place = tooDeep(text) {
            throw mistake(
                place, "yaml-too-deep", "more than \(maximumDepth) levels of nesting; write it flatter")
        }
        if let place = tooManyAliases(text) {
            throw mistake(place, "yaml-aliases", "more than 100 aliases; write their values out")
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            let (place, problem) = Self.place(of: error)
            throw mistake(place, rule(error), hint(problem, at: place, in: text))
        } catch {
            throw mistake(start, "yaml-syntax", "not valid YAML: \(error)")
        }
        guard let root else { return nil }
        var left = maximumNodes
        if let place = exhausted(root, &left, depth: 0) {
            throw mistake(
                place, "yaml-aliases",
                "with aliases expanded the file has more than \(maximumNodes) values; write their values out"
            )
        }
        return root
    }

    private static func rule(_ error: YamlError) -> String {
        if case .duplicatedKeysInMapping = error { "yaml-duplicate" } else { "yaml-syntax" }
    }

    private static func place(of error: YamlError) -> (TextPosition, String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let about = context.map { " \($0.text)" } ?? ""
            return (TextPosition(line: mark.line, column: mark.column), "not valid YAML: \(problem)\(about)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            return (
                TextPosition(line: context.mark.line, column: context.mark.column),
                "the key '\(duplicates.first.map { "\($0)" } ?? "")' is there more than once; keep one"
            )
        case .reader(let problem, let offset, _, let yaml):
            let bytes = Array(yaml.utf8)
            let position = bytes.withUnsafeBufferPointer { TextPosition(ofByte: offset ?? 0, in: $0) }
            return (position, "not valid YAML: \(problem)")
        default: return (TextPosition(line: 1, column: 1), "not valid YAML: \(error)")
        }
    }

    /// A remedy for common mistakes.
    private static func hint(_ problem: String, at place: TextPosition, in text: String) -> String {
        let lines = text.split(separator: "\n", maxSplits: place.line, omittingEmptySubsequences: false)
        guard lines.indices.contains(place.line - 1) else { return problem }
        let line = lines[place.line - 1]
        if line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") {
            return "a tab indents this line; YAML is indented with spaces"
        }
        let rest = line.dropFirst(place.column - 1)
        if rest.first == "@" {
            let name = rest.prefix { $0 != " " && $0 != "," && $0 != "}" && $0 != "]" }
            return
                "in YAML no word begins with '@'; write the item's member as .\(name.prefix(40)), and a text in quotes"
        }
        if rest.first == "{", line.prefix(place.column - 1).last == "$" {
            let reference = rest.prefix { $0 != "}" }.prefix(60)
            return "inside of { } and [ ] a variable stands in quotes: \"$\(reference)}\""
        }
        if let path = bracketed(line, before: place.column) {
            return "inside of { } and [ ] a path with brackets stands in quotes: \"\(path.prefix(60))\""
        }
        return problem
    }

    /// The path with brackets in a flow collection that the parser stops at; nil if it is something else.
    private static func bracketed(_ line: Substring, before column: Int) -> Substring? {
        for start in line.indices where ".$^".contains(line[start]) {
            guard start > line.startIndex, " [,{".contains(line[line.index(before: start)]) else { continue }
            let word = line[start...].prefix { !" ,}{".contains($0) }
            guard let bracket = word.firstIndex(of: "[") else { continue }
            let end = line.distance(from: line.startIndex, to: word.endIndex)
            let first = line.distance(from: line.startIndex, to: bracket)
            if (first...end + 2).contains(column - 1) { return word }
        }
        return nil
    }

    /// Position where nested brackets or dashes exceed the depth limit: the parser recurses on each.
    private static func tooDeep(_ text: String) -> TextPosition? {
        var (depth, line, column, dashes) = (0, 1, 0, 0)
        for byte in text.utf8 {
            column += 1
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: "\n"): (line, column, dashes) = (line + 1, 0, 0)
            case UInt8(ascii: "-"), UInt8(ascii: "?"): dashes += 1
            case UInt8(ascii: " "): break
            default: dashes = .min / 2
            }
            if depth > 4 * maximumDepth || dashes > 4 * maximumDepth { return TextPosition(line: line, column: column) }
        }
        return nil
    }

    /// Position where the number of aliases (`*name`) exceeds its limit; nil if within.
    private static func tooManyAliases(_ text: String) -> TextPosition? {
        var (count, line, column, before) = (0, 1, 0, UInt8(ascii: "\n"))
        var last: UInt8 = 0
        for byte in text.utf8 {
            if last == UInt8(ascii: "*"), byte != UInt8(ascii: "]"), byte | 0x20 >= 97, byte | 0x20 <= 122,
                [10, 32, 44, 45, 58, 91, 123].contains(before)
            {
                count += 1
                if count > 100 { return TextPosition(line: line, column: column) }
            }
            before = last
            last = byte
            column += 1
            if byte == UInt8(ascii: "\n") { (line, column) = (line + 1, 0) }
        }
        return nil
    }

    /// Position where the node limit is exceeded, aliases expanded; nil if within bounds.
    private static func exhausted(_ node: Node, _ left: inout Int, depth: Int) -> TextPosition? {
        left -= 1
        let place = TextPosition(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        if left < 0 || depth > maximumDepth { return place }
        switch node {
        case .mapping(let mapping):
            for (key, value) in mapping {
                if let found = exhausted(key, &left, depth: depth + 1) { return found }
                if let found = exhausted(value, &left, depth: depth + 1) { return found }
            }
        case .sequence(let sequence):
            for element in sequence {
                if let found = exhausted(element, &left, depth: depth + 1) { return found }
            }
        default: break
        }
        return nil
    }
}
