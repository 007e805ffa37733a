package import JSON
internal import Output
package import Settings

/// Something that `check` found: place, rule, what is wrong and what to write.
package struct Diagnostic: Equatable {
    package var file: String?
    package var line: Int?
    package var column: Int?
    package var severity: SettingDiagnostic.Severity
    package var rule: String
    package var message: String

    package init(_ mistake: SettingDiagnostic) {
        severity = mistake.severity
        rule = mistake.rule
        message = mistake.message
        switch mistake.origin {
        case .file(let path, let line, let column), .variable(let path, let line, let column):
            (file, self.line, self.column) = (path, line, column)
        case .collection, .environment, .commandLine: file = mistake.origin.map { "\($0)" }
        case .default, nil: break
        }
    }

    package init(
        file: String, position: TextPosition?, rule: String, message: String,
        severity: SettingDiagnostic.Severity = .error
    ) {
        self.file = file
        line = position?.line
        column = position?.column
        self.severity = severity
        self.rule = rule
        self.message = message
    }

    package var description: String {
        var place = file ?? ""
        if let line, let column { place += ":\(line):\(column)" }
        return (place.isEmpty ? "" : place + ": ") + "\(severity.rawValue): \(message) [\(rule)]"
    }

    package var json: String {
        var object = JSONObjectText()
        object.add("file", file)
        object.add("line", line)
        object.add("column", column)
        object.add("severity", severity.rawValue)
        object.add("rule", rule)
        object.add("message", message)
        return object.text
    }
}
