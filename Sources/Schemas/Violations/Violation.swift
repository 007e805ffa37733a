package import Documents

/// One way in which a value breaks its schema, told for programs and for people.
package struct Violation: Equatable, Sendable {
    /// Where in the value; begins with the base that the caller gave.
    package var pointer: JSONPointer
    /// The keyword that was broken, for example `maxLength`; `x-bson` where the store could not hold the value.
    package var keyword: String
    /// What the schema asks for, as a phrase: `a decimal number`.
    package var expected: String
    /// What is there, as a phrase, cut short; `(secret)` where the definition says so.
    package var found: String
    /// One sentence for people, with what to do about it.
    package var text: String
    /// The file with the schema; nil where it came from none.
    package var schemaFile: String?
    /// The keyword's place in that file.
    package var schemaPointer: JSONPointer

    package init(
        pointer: JSONPointer, keyword: String, expected: String, found: String, text: String, schemaFile: String?,
        schemaPointer: JSONPointer
    ) {
        self.pointer = pointer
        self.keyword = keyword
        self.expected = expected
        self.found = found
        self.text = text
        self.schemaFile = schemaFile
        self.schemaPointer = schemaPointer
    }
}
