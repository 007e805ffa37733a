internal import BSON
internal import Ingest
internal import JSON

/// A dead letter for the page: its row, its message as text, and the locations of its reasons in that text.
struct DeadLetterView {
    /// Maximum size of an editable message; of a longer one only the beginning is shown.
    private static let mostBytes = 1 << 20

    private struct Reason {
        let item: Int?
        let pointer: JSONPointer
        let line: Int?
        let column: Int?
    }

    private let row: String
    private let reasons: [Reason]
    private let isEdited: Bool

    /// `document`: the dead letter without its payload.
    init(document: UnsafeRawBufferPointer) {
        row = BSONText.text(document: document)
        isEdited = BSONElements(document).first(named: "editedAt")?.date != nil
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

    /// `message`: what a replay would send; nil if incomplete. `received`: the message before it was edited; the reasons
    /// are about that one.
    func text(message: [UInt8]?, received: [UInt8]?) -> String {
        let bytes = message ?? []
        let isCut = bytes.count > Self.mostBytes
        let pretty = isCut ? nil : JSONText.pretty(bytes)
        var object = JSONObjectText()
        object.add("letter", raw: row)
        object.add("text", String(decoding: pretty ?? Array(bytes.prefix(Self.mostBytes)), as: UTF8.self))
        object.add("bytes", bytes.count)
        object.add("isCut", isCut)
        object.add("isComplete", message != nil)
        object.add("isJSON", pretty != nil)
        object.add("places", objects: isEdited ? [] : pretty.map(places) ?? textPlaces)
        object.add("received", received.flatMap { $0.count > Self.mostBytes ? nil : Self.readable($0) })
        return object.text
    }

    private static func readable(_ message: [UInt8]) -> String {
        String(decoding: JSONText.pretty(message) ?? message, as: UTF8.self)
    }

    private func places(in text: [UInt8]) -> [String] {
        // Reasons count the items of the original message; the dead letter holds only failed ones.
        let items = Set(reasons.compactMap(\.item)).sorted()
        let ranks = Dictionary(uniqueKeysWithValues: zip(items, 0...))
        let pointers = reasons.map { reason in
            guard let item = reason.item, let rank = ranks[item],
                let token = reason.pointer.tokens.firstIndex(of: String(item))
            else { return reason.pointer }
            var pointer = reason.pointer
            pointer.tokens[token] = String(rank)
            return pointer
        }
        return TextPlaces.find(pointers, in: text).enumerated().compactMap { index, place in
            guard let place else { return nil }
            var object = JSONObjectText()
            object.add("reason", index)
            object.add("start", place.start)
            object.add("length", place.length)
            return object.text
        }
    }

    /// For invalid JSON: line and column, from 1.
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
}
