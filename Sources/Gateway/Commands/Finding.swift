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
        case .environment, .commandLine: file = mistake.origin.map { "\($0)" }
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

    private var json: String {
        var out: [UInt8] = []
        func add(_ name: String, _ text: String?, isNumber: Bool = false) {
            out.append(contentsOf: (out.isEmpty ? "{\"\(name)\":" : ",\"\(name)\":").utf8)
            guard let text else { return out.append(contentsOf: "null".utf8) }
            if isNumber { out.append(contentsOf: text.utf8) } else { JSONText.append(string: text, to: &out) }
        }
        add("file", file)
        add("line", line.map { String($0) }, isNumber: true)
        add("column", column.map { String($0) }, isNumber: true)
        add("severity", severity.rawValue)
        add("rule", rule)
        add("message", message)
        return String(decoding: out, as: UTF8.self) + "}"
    }
}
