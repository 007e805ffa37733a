package import Documents

/// Something wrong in a mapping: where, by which rule, and what to write instead.
package struct MappingMistake: Error, Equatable, Sendable, CustomStringConvertible {
    package var file: String
    package var position: TextPosition
    /// For machines; stays the same when the words change.
    package var rule: String
    package var message: String

    package init(file: String, position: TextPosition, rule: String, message: String) {
        self.file = file
        self.position = position
        self.rule = rule
        self.message = message
    }

    package var description: String { "\(file):\(position): \(message)" }
}
