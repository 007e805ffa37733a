package import JSON

/// An error in a schema or definition, with its location in the file.
package struct SchemaError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The file is not JSON.
        case notJSON
        /// A keyword has an invalid value.
        case invalidKeyword
        /// Two schemas, or two catalogs, have the same name.
        case duplicate
        /// A `$ref` or `$dynamicRef` has no target; nothing is ever fetched.
        case unresolvedReference
        /// A malformed URI, anchor or pointer.
        case invalidReference
        /// `$schema` names an unsupported dialect.
        case unknownDialect
        /// The dialect requires an unsupported vocabulary.
        case unknownVocabulary
        /// An invalid ECMA-262 regular expression, or one that is too large.
        case invalidPattern
        /// A schema refers to itself without descending into the value: evaluation would never end.
        case endlessReference
        /// Too large, or evaluation would exceed the work limit.
        case tooComplex
        /// A catalog definition violates the rules of definitions.
        case invalidDefinition
        /// The schema does not satisfy its meta-schema.
        case metaSchema
    }

    package let code: Code
    /// What is wrong and how to fix it.
    package let message: String
    /// File name, as given; nil if the schema is not from a file.
    package let file: String?
    package let position: TextPosition?
    /// Location in the file.
    package let pointer: JSONPointer

    package init(
        _ code: Code, _ message: String, file: String?, position: TextPosition? = nil, pointer: JSONPointer = ""
    ) {
        self.code = code
        self.message = message
        self.file = file
        self.position = position
        self.pointer = pointer
    }

    /// `file:line:column: message`, the format that editors and terminals recognise.
    package var description: String {
        var place = file ?? "schema"
        if let position { place += ":\(position)" }
        return "\(place): \(message)"
    }
}
