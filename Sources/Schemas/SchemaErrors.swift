/// All errors of a directory, so that they can be fixed in one pass.
package struct SchemaErrors: Error, Sendable, CustomStringConvertible {
    package let errors: [SchemaError]

    package var description: String { errors.map(\.description).joined(separator: "\n") }
}
