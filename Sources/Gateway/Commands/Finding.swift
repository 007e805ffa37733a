internal import Documents

/// Something that `check` found: place, rule, what is wrong and what to write.
struct Finding: Equatable {
    var file: String?
    var line: Int?
    var column: Int?
    var severity: SettingMistake.Severity
    var rule: String
    var message: String

    init(_ mistake: SettingMistake) {
        severity = mistake.severity
        rule = mistake.rule
        message = mistake.message
        switch mistake.origin {
        case .file(let path, let line, let column): (file, self.line, self.column) = (path, line, column)
        case .collection, .environment, .commandLine: file = mistake.origin.map { "\($0)" }
        case .default, nil: break
        }
    }

    init(
        file: String, position: TextPosition?, rule: String, message: String, severity: SettingMistake.Severity = .error
    ) {
        self.file = file
        line = position?.line
        column = position?.column
        self.severity = severity
        self.rule = rule
        self.message = message
    }

    var description: String {
        var place = file ?? ""
        if let line, let column { place += ":\(line):\(column)" }
        return (place.isEmpty ? "" : place + ": ") + "\(severity.rawValue): \(message) [\(rule)]"
    }

    static func print(_ findings: [Finding], as format: OutputFormat) {
        switch format {
        case .text: for finding in findings { Terminal.line(finding.description) }
        case .json: Terminal.line("[" + findings.map(\.json).joined(separator: ",\n ") + "]")
        }
    }

    var json: String {
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
