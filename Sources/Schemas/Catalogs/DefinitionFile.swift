import JSON

/// A definition file: display name and bytes.
package struct DefinitionFile: Sendable, Equatable {
    package let name: String
    package let bytes: [UInt8]

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    func parse(with parser: JSONParser) throws(SchemaError) -> JSONDocument {
        try bytes.withUnsafeBytes { raw in
            Result { () throws(SchemaError) in try Self.parse(raw, name: name, with: parser) }
        }.get()
    }

    static func parse(
        _ bytes: UnsafeRawBufferPointer, name: String, with parser: JSONParser
    ) throws(SchemaError) -> JSONDocument {
        do {
            return try parser.parse(copying: bytes)
        } catch {
            throw SchemaError(.notJSON, error.message, file: name, position: error.position)
        }
    }
}
