/// Several errors at once: whoever corrects a directory wants to see all of them.
package struct SchemaErrors: Error, Sendable, CustomStringConvertible {
    package let errors: [SchemaError]

    package var description: String { errors.map(\.description).joined(separator: "\n") }
}
