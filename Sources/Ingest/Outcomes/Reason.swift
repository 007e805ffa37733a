internal import Contracts
package import JSON

/// Reason codes of dead letters: a closed, stable set.
package enum ReasonCode: String, Sendable, CaseIterable {
    case notJson, notEnvelope, tooLarge, tooDeep, companyNotAllowed, unknownCatalog, invalidOperation, schema
    case alreadyExists, notFound, `guard`, reservedField, duplicateField, messageIdReuse, storeRefused, mappingFailed
    case preconditionFailed
}

/// Why an item or message became a dead letter: location, expected, found, and a sentence for people.
package struct Reason: Sendable, Equatable {
    /// The item's index in the original message; nil for the whole message.
    package var item: Int?
    package var code: ReasonCode
    /// Location in the message.
    package var pointer: JSONPointer
    /// The violated keyword of the definition.
    package var keyword: String?
    package var expected: String?
    package var found: String?
    package var text: String
    /// Position in a text that is not JSON.
    package var position: TextPosition?

    /// Truncates every text, since names and values of a message may have megabytes. A text that starts with the
    /// pointer then starts with the truncated one.
    package init(
        item: Int? = nil, code: ReasonCode, pointer: JSONPointer = JSONPointer(), keyword: String? = nil,
        expected: String? = nil, found: String? = nil, text: String, position: TextPosition? = nil
    ) {
        self.item = item
        self.code = code
        self.pointer = pointer.cut(toBytes: Self.pointerBytes)
        self.keyword = keyword?.cut(toBytes: Self.wordBytes)
        self.expected = expected?.cut(toBytes: Self.phraseBytes)
        self.found = found?.cut(toBytes: Self.phraseBytes)
        self.text = Self.bounded(text, pointer, self.pointer)
        self.position = position
    }

    private static let pointerBytes = 1 << 10
    private static let wordBytes = 256
    private static let phraseBytes = 1 << 10
    private static let textBytes = 4 << 10

    private static func bounded(_ text: String, _ whole: JSONPointer, _ cut: JSONPointer) -> String {
        guard text.utf8.count > textBytes else { return text }
        let place = whole.description
        guard whole != cut, text.utf8.starts(with: place.utf8) else { return text.cutInside(toBytes: textBytes) }
        let rest = String(decoding: text.utf8.dropFirst(place.utf8.count), as: UTF8.self)
        return (cut.description + rest).cutInside(toBytes: textBytes)
    }

    /// Truncated again after its texts were changed.
    var bounded: Reason {
        Reason(
            item: item, code: code, pointer: pointer, keyword: keyword, expected: expected, found: found, text: text,
            position: position)
    }

    /// Upper bound of its size in a dead letter.
    var byteCount: Int {
        let texts = [keyword, expected, found].reduce(0) { $0 + ($1?.utf8.count ?? 0) }
        // A pointer's `~` and `/` are escaped as two characters; the constant covers names, numbers and lengths.
        return texts + text.utf8.count + 2 * pointer.tokens.reduce(0) { $0 + 1 + $1.utf8.count } + 192
    }
}

extension [Reason] {
    /// The first reasons of an item; the last one gives the number of omitted ones.
    var ofOneItem: [Reason] {
        let limit = StoreBounds.reasonsOfItem
        guard count > limit else { return self }
        var kept = Array(prefix(limit))
        kept[limit - 1].text += " (and \(count - limit) more reasons)"
        return kept
    }
}
