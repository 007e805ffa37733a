package import JSON

/// A mistake in a mapping: position, rule, message and remedy.
package struct MappingDiagnostic: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Severity: String, Sendable {
        case error
        /// Advice; the mapping still runs.
        case hint
    }

    package var file: String
    package var position: TextPosition
    /// Machine-readable and stable.
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
