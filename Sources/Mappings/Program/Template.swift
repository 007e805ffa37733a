internal import JSON

/// A page or a text with tags for values, in the part of Mustache that needs no code: values, sections, comments. Compiled
/// and immutable.
package final class Template: Sendable {
    /// What a tag names: members, from the outside in; none for the value itself.
    struct Name: Sendable, Equatable {
        let path: [String]
        let position: TextPosition

        var text: String { path.isEmpty ? "." : path.joined(separator: ".") }
    }

    indirect enum Part: Sendable, Equatable {
        case text([UInt8])
        case value(Name)
        case section(Name, isInverted: Bool, [Part])
    }

    enum Kind: Sendable {
        case html, text

        /// By a file's ending; nil for any other.
        init?(of path: String) {
            switch path.split(separator: ".").last?.lowercased() {
            case "html": self = .html
            case "txt": self = .text
            default: return nil
            }
        }
    }

    let kind: Kind
    let parts: [Part]

    init(_ kind: Kind, _ parts: [Part]) {
        self.kind = kind
        self.parts = parts
    }

    package var contentType: String { kind == .html ? "text/html; charset=utf-8" : "text/plain; charset=utf-8" }

    /// Bytes of the largest page.
    private static let mostBytes = 16 << 20

    /// The page with the members of a value; nil for a value without any.
    func page(of value: JSONNode?) throws(Fault) -> [UInt8] {
        var out: [UInt8] = []
        try append(parts, value.map { [$0] } ?? [], to: &out)
        return out
    }

    /// `stack`: the values of the sections around, the innermost last.
    private func append(_ parts: [Part], _ stack: [JSONNode], to out: inout [UInt8]) throws(Fault) {
        for part in parts {
            switch part {
            case .text(let bytes): out += bytes
            case .value(let name): append(Self.find(name, stack), to: &out)
            case .section(let name, let isInverted, let inner):
                let found = Self.find(name, stack)
                let holds = found.map { Self.holds($0) } ?? false
                guard holds != isInverted else { continue }
                guard !isInverted, let found else {
                    try append(inner, stack, to: &out)
                    continue
                }
                guard found.isArray else {
                    try append(inner, stack + [found], to: &out)
                    continue
                }
                for element in found.elements { try append(inner, stack + [element], to: &out) }
            }
            guard out.count <= Self.mostBytes else {
                throw Fault(
                    "template", expected: "a page of at most \(Self.mostBytes) bytes", found: "a larger one",
                    remedy: "show fewer values")
            }
        }
    }

    /// The value of the innermost one around that has the first member.
    private static func find(_ name: Name, _ stack: [JSONNode]) -> JSONNode? {
        guard let first = name.path.first else { return stack.last }
        for value in stack.reversed() {
            guard value.isObject, var found = value[first] else { continue }
            for step in name.path.dropFirst() {
                guard found.isObject, let next = found[step] else { return nil }
                found = next
            }
            return found
        }
        return nil
    }

    /// Whether a section of it is shown: not of false, null and an empty list.
    private static func holds(_ value: JSONNode) -> Bool {
        switch value.kind {
        case .null, .false: false
        case .array: value.count > 0
        case .true, .number, .string, .object: true
        }
    }

    private func append(_ value: JSONNode?, to out: inout [UInt8]) {
        guard let value, !value.isNull else { return }
        let text = value.isArray || value.isObject ? Array(value.rawText) : Array(value.utf8)
        guard kind == .html else { return out += text }
        // By bytes: a letter that is put together with a quote must not hide it.
        for byte in text {
            switch byte {
            case UInt8(ascii: "&"): out += "&amp;".utf8
            case UInt8(ascii: "<"): out += "&lt;".utf8
            case UInt8(ascii: ">"): out += "&gt;".utf8
            case UInt8(ascii: "\""): out += "&quot;".utf8
            case UInt8(ascii: "'"): out += "&#39;".utf8
            default: out.append(byte)
            }
        }
    }
}

/// Makes pages of JSON texts. Reuses its memory: one thread at a time.
package final class PageMaker {
    private let parser = JSONParser()

    package init() {}

    /// `json`: an object, written as JSON by us.
    package func page(_ template: Template, of json: [UInt8]) throws(Fault) -> [UInt8] {
        guard let document = try? parser.parse(json) else {
            throw Fault("template", expected: "a value that is JSON", found: "another", remedy: "fix the document")
        }
        let page = document.withRoot { root in Result { () throws(Fault) in try template.page(of: root) } }
        return try page.get()
    }
}
