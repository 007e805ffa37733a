internal import Documents
internal import Records

/// One dead letter for the page: its row, its message as text, and where in that text each reason points.
struct LetterView {
    /// Of a longer message the page shows the beginning and cannot edit it.
    private static let mostBytes = 1 << 20

    private struct Reason {
        let item: Int?
        let pointer: JSONPointer
        let line: Int?
        let column: Int?
    }

    private let row: String
    private let reasons: [Reason]

    /// `document`: the letter without its payload.
    init(document: UnsafeRawBufferPointer) {
        row = BSONText.text(document: document)
        reasons =
            (BSONElements(document).first(named: "reasons")?.elements).map { elements in
                elements.compactMap(\.elements).map { reason in
                    Reason(
                        item: reason.first(named: "item")?.integer.map { Int($0) },
                        pointer: reason.first(named: "pointer")?.text.flatMap { JSONPointer(parsing: $0) }
                            ?? JSONPointer(),
                        line: reason.first(named: "line")?.integer.map { Int($0) },
                        column: reason.first(named: "column")?.integer.map { Int($0) })
                }
            } ?? []
    }

    /// `message`: what a replay would send.
    func text(message: [UInt8]) -> String {
        let isCut = message.count > Self.mostBytes
        let document = isCut ? nil : try? JSONParser().parse(message)
        let shown = document.map(Self.pretty) ?? String(decoding: message.prefix(Self.mostBytes), as: UTF8.self)
        var object = JSONObjectText()
        object.add("letter", raw: row)
        object.add("text", shown)
        object.add("bytes", message.count)
        object.add("isCut", isCut)
        object.add("isJSON", document != nil)
        object.add("places", objects: document == nil ? textPlaces : places(in: shown))
        return object.text
    }

    private static func pretty(_ document: JSONDocument) -> String {
        document.withRoot { root in
            var out: [UInt8] = []
            JSONText.append(pretty: root, indent: 0, to: &out)
            return String(decoding: out, as: UTF8.self)
        }
    }

    /// In UTF-16 units from the start, as a browser counts.
    private func places(in text: String) -> [String] {
        let bytes = Array(text.utf8)
        guard let document = try? JSONParser().parse(bytes) else { return [] }
        let items = Array(Set(reasons.compactMap(\.item))).sorted()
        return document.withRoot { root in
            reasons.enumerated().compactMap { index, reason in
                guard let node = Self.node(here(reason, items), in: root) else { return nil }
                let start = node.byteOffset
                var object = JSONObjectText()
                object.add("reason", index)
                object.add("start", String(decoding: bytes[..<start], as: UTF8.self).utf16.count)
                object.add("length", String(decoding: node.rawText, as: UTF8.self).utf16.count)
                return object.text
            }
        }
    }

    /// Of what is no JSON the place is a line and a column, from 1.
    private var textPlaces: [String] {
        reasons.enumerated().compactMap { index, reason in
            guard let line = reason.line, let column = reason.column else { return nil }
            var object = JSONObjectText()
            object.add("reason", index)
            object.add("line", line)
            object.add("column", column)
            return object.text
        }
    }

    /// Reasons count the items of the message as it came; the letter has the failed ones alone.
    private func here(_ reason: Reason, _ items: [Int]) -> JSONPointer {
        guard let item = reason.item, let rank = items.firstIndex(of: item),
            let token = reason.pointer.tokens.firstIndex(of: String(item))
        else { return reason.pointer }
        var pointer = reason.pointer
        pointer.tokens[token] = String(rank)
        return pointer
    }

    /// What it points to, or, where that is missing, what it is missing in; nil where that is the whole message.
    private static func node(_ pointer: JSONPointer, in root: JSONNode) -> JSONNode? {
        var pointer = pointer
        while !pointer.tokens.isEmpty {
            if let node = pointer.resolve(in: root) { return node }
            pointer.tokens.removeLast()
        }
        return nil
    }
}
