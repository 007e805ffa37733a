internal import JSON

/// Reads the text of a template.
struct TemplateParser {
    struct Problem: Error {
        let position: TextPosition
        let message: String
    }

    private let text: [UInt8]
    private var at = 0

    private init(_ text: String) { self.text = Array(text.utf8) }

    static func parse(_ text: String) throws(Problem) -> [Template.Part] {
        var parser = TemplateParser(text)
        return try parser.parts(in: nil, depth: 0)
    }

    private enum Tag {
        case value, section, inverted, end, comment
    }

    private static let mostDepth = 100

    /// Up to the end of the section, or of the text.
    private mutating func parts(in section: Template.Name?, depth: Int) throws(Problem) -> [Template.Part] {
        var parts: [Template.Part] = []
        var plain: [UInt8] = []
        func close(_ parts: inout [Template.Part], _ plain: inout [UInt8]) {
            if !plain.isEmpty { parts.append(.text(plain)) }
            plain = []
        }
        while at < text.count {
            guard isTag(at) else {
                plain.append(text[at])
                at += 1
                continue
            }
            let start = at
            let (tag, name) = try self.tag()
            if tag != .value, isAlone(start, at) {
                while let last = plain.last, Self.isBlank(last) { plain.removeLast() }
                skipLine()
            }
            switch tag {
            case .comment: continue
            case .value:
                close(&parts, &plain)
                parts.append(.value(name))
            case .section, .inverted:
                close(&parts, &plain)
                guard depth < Self.mostDepth else {
                    throw problem(start, "sections are nested more than \(Self.mostDepth) times")
                }
                let inner = try self.parts(in: name, depth: depth + 1)
                parts.append(.section(name, isInverted: tag == .inverted, inner))
            case .end:
                guard let section, section.path == name.path else {
                    throw problem(
                        start,
                        section.map {
                            "'{{/\(name.text)}}' ends no open section; the open one, of \($0.position), is '\($0.text)'"
                        } ?? "'{{/\(name.text)}}' ends no open section; remove it, or open '{{#\(name.text)}}' before")
                }
                close(&parts, &plain)
                return parts
            }
        }
        if let section {
            throw Problem(
                position: section.position,
                message: "the section '\(section.text)' has no end; close it with '{{/\(section.text)}}'")
        }
        close(&parts, &plain)
        return parts
    }

    private func isTag(_ index: Int) -> Bool {
        index + 1 < text.count && text[index] == UInt8(ascii: "{") && text[index + 1] == UInt8(ascii: "{")
    }

    /// Reads the tag here, and stops behind it.
    private mutating func tag() throws(Problem) -> (Tag, Template.Name) {
        let start = at
        at += 2
        let kind: Tag
        switch at < text.count ? text[at] : 0 {
        case UInt8(ascii: "#"): kind = .section
        case UInt8(ascii: "^"): kind = .inverted
        case UInt8(ascii: "/"): kind = .end
        case UInt8(ascii: "!"): kind = .comment
        case UInt8(ascii: "{"), UInt8(ascii: "&"):
            throw problem(
                start, "values are not shown without escaping; write {{name}}, and a .txt file where there is no HTML")
        case UInt8(ascii: ">"), UInt8(ascii: "<"), UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "%"),
            UInt8(ascii: "*"):
            throw problem(
                start,
                "'{{\(Character(UnicodeScalar(text[at])))' is not read here; there are {{name}}, {{#name}}, {{^name}}, {{/name}} and {{! comment}}"
            )
        default: kind = .value
        }
        if kind != .value { at += 1 }
        guard
            let end = (at..<max(at, text.count - 1)).first(where: {
                text[$0] == UInt8(ascii: "}") && text[$0 + 1] == UInt8(ascii: "}")
            })
        else { throw problem(start, "the tag has no end; close it with '}}'") }
        let name = String(decoding: text[at..<end], as: UTF8.self)
        at = end + 2
        return (kind, kind == .comment ? self.name([], start) : try self.name(name, start))
    }

    private func name(_ path: [String], _ start: Int) -> Template.Name {
        Template.Name(path: path, position: position(start))
    }

    private func name(_ text: String, _ start: Int) throws(Problem) -> Template.Name {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 1, let word = words.first else {
            throw problem(start, "a tag has one name, such as {{name}} or {{address.city}}, found '\(text.prefix(60))'")
        }
        if word == "." { return name([], start) }
        let path = word.split(separator: ".", omittingEmptySubsequences: false).map { String($0) }
        guard path.allSatisfy({ !$0.isEmpty && !$0.contains(where: { "{}()#^/".contains($0) }) }) else {
            throw problem(start, "'\(word.prefix(60))' is not a name of members, such as address.city")
        }
        return name(path, start)
    }

    // MARK: Lines

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// Whether nothing else is in the line of a tag; then the line is not of the page.
    private func isAlone(_ start: Int, _ end: Int) -> Bool {
        var before = start
        while before > 0, Self.isBlank(text[before - 1]) { before -= 1 }
        var after = end
        while after < text.count, Self.isBlank(text[after]) { after += 1 }
        let endsLine =
            after == text.count || text[after] == UInt8(ascii: "\n")
            || (text[after] == UInt8(ascii: "\r") && after + 1 < text.count && text[after + 1] == UInt8(ascii: "\n"))
        return (before == 0 || text[before - 1] == UInt8(ascii: "\n")) && endsLine
    }

    private mutating func skipLine() {
        while at < text.count, text[at] != UInt8(ascii: "\n") { at += 1 }
        if at < text.count { at += 1 }
    }

    private func problem(_ start: Int, _ message: String) -> Problem {
        Problem(position: position(start), message: message)
    }

    private func position(_ start: Int) -> TextPosition {
        text.withUnsafeBufferPointer { TextPosition(ofByte: start, in: $0) }
    }
}
