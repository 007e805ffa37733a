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

    package init(
        item: Int? = nil, code: ReasonCode, pointer: JSONPointer = JSONPointer(), keyword: String? = nil,
        expected: String? = nil, found: String? = nil, text: String, position: TextPosition? = nil
    ) {
        self.item = item
        self.code = code
        self.pointer = pointer
        self.keyword = keyword
        self.expected = expected
        self.found = found
        self.text = text
        self.position = position
    }
}
