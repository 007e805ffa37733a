package import JSON

/// A violation of a schema, for programs and people.
package struct Violation: Equatable, Sendable {
    /// Location of the value, prefixed with the caller's base.
    package var pointer: JSONPointer
    /// The violated keyword, for example `maxLength`; `x-bson` if the store cannot hold the value.
    package var keyword: String
    /// What the schema expects, as a phrase: `a decimal number`.
    package var expected: String
    /// What was found, as a phrase, truncated; `(secret)` for secret fields.
    package var found: String
    /// One sentence with the remedy.
    package var text: String
    /// The schema's file; nil if it is not from a file.
    package var schemaFile: String?
    /// The keyword's location in that file.
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
