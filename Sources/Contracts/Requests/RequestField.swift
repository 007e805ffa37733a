/// A named text of a request or its answer: a header, a parameter.
package struct RequestField: Sendable, Equatable {
    /// Of a header in lower case.
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}
