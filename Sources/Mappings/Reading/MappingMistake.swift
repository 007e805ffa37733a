package import Documents

/// Something wrong in a mapping: where, by which rule, and what to write instead.
package struct MappingMistake: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Severity: String, Sendable {
        case error
        /// Worth a look; the mapping runs.
        case hint
    }

    package var file: String
    package var position: TextPosition
    /// For machines; stays the same when the words change.
    package var rule: String
    package var message: String
    package var severity: Severity

    package init(
        file: String, position: TextPosition, rule: String, message: String, severity: Severity = .error
    ) {
        self.file = file
        self.position = position
        self.rule = rule
        self.message = message
        self.severity = severity
    }

    package var description: String { "\(file):\(position): \(message)" }
}
