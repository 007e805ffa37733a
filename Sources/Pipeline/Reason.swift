package import Documents

/// The closed set of words for why something became a dead letter. Others rely on them: they never change.
package enum ReasonCode: String, Sendable, CaseIterable {
    case notJson, notEnvelope, tooLarge, tooDeep, companyNotAllowed, unknownCatalog, invalidOperation, schema
    case alreadyExists, notFound, reservedField, duplicateField, messageIdReuse, storeRefused, mappingFailed
}

/// Why an item or a message became a dead letter: where, what was expected, what was found, and a sentence for people.
package struct Reason: Sendable, Equatable {
    /// The item's index in the message as it came; nil where the reason concerns the whole message.
    package var item: Int?
    package var code: ReasonCode
    /// The place in the message.
    package var pointer: JSONPointer
    /// The keyword of the definition that was broken.
    package var keyword: String?
    package var expected: String?
    package var found: String?
    package var text: String
    /// The place in a text that is not JSON.
    package var position: TextPosition?

    /// Every text is cut to a bound: a reason quotes its message, and a name or a value there may have megabytes. A text that
    /// begins with the pointer then begins with the cut one.
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

    /// The same after its texts were changed, within their bounds again.
    var bounded: Reason {
        Reason(
            item: item, code: code, pointer: pointer, keyword: keyword, expected: expected, found: found, text: text,
            position: position)
    }

    /// Bytes that it takes in a dead letter at most.
    var byteCount: Int {
        let texts = [keyword, expected, found].reduce(0) { $0 + ($1?.utf8.count ?? 0) }
        // A pointer's `~` and `/` are written as two characters; names, numbers and lengths of the fields take the rest.
        return texts + text.utf8.count + 2 * pointer.tokens.reduce(0) { $0 + 1 + $1.utf8.count } + 192
    }
}

extension [Reason] {
    /// The first ones of an item; the last of them says how many more there are.
    var ofOneItem: [Reason] {
        let limit = StoreBounds.reasonsOfItem
        guard count > limit else { return self }
        var kept = Array(prefix(limit))
        kept[limit - 1].text += " (and \(count - limit) more reasons)"
        return kept
    }
}
