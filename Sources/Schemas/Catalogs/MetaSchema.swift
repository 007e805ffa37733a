import Documents

/// The meta-schema of whole definitions.
enum MetaSchema {
    private static let program: Result<SchemaProgram, SchemaError> = Result { () throws(SchemaError) in
        try SchemaRegistry().compile("urn:promo-gateway:definition:1:root", assertFormats: true)
    }

    /// Where a definition breaks it.
    static func errors(in document: JSONDocument, file: String) throws(SchemaError) -> [SchemaError] {
        let program = try program.get()
        return document.withRoot { root in
            program.validate(root).map { violation in
                let node = violation.pointer.resolve(in: root) ?? root
                return SchemaError(
                    .metaSchema, violation.text, file: file, position: document.position(ofByte: node.byteOffset),
                    pointer: violation.pointer)
            }
        }
    }
}
