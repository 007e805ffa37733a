package import Documents

/// Why a schema or a definition cannot be used, and where in its file.
package struct SchemaError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The file is not JSON.
        case notJSON
        /// A keyword has a value that the specification does not allow.
        case invalidKeyword
        /// Two schemas, or two catalogs, go by the same name.
        case duplicate
        /// A `$ref` or `$dynamicRef` leads nowhere; nothing is ever fetched for it.
        case unresolvedReference
        /// A URI, an anchor or a pointer is not written as one.
        case invalidReference
        /// `$schema` names no dialect that is known here.
        case unknownDialect
        /// The dialect requires a vocabulary that is not known here.
        case unknownVocabulary
        /// A regular expression that ECMA-262 does not allow, or that is too large.
        case invalidPattern
        /// A schema that refers to itself without going into the value: checking it would never end.
        case endlessReference
        /// Too large, or checking a value against it would take more work than any value is worth.
        case tooComplex
        /// A catalog definition breaks the rules of definitions.
        case invalidDefinition
        /// The schema does not satisfy its meta-schema.
        case metaSchema
    }

    package let code: Code
    /// What is wrong and what to write instead.
    package let message: String
    /// Name of the file, as it was given; nil for a schema that came from none.
    package let file: String?
    package let position: TextPosition?
    /// Place in the file.
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

    /// `file:line:column: message`, as editors and terminals understand it.
    package var description: String {
        var place = file ?? "schema"
        if let position { place += ":\(position)" }
        return "\(place): \(message)"
    }
}
