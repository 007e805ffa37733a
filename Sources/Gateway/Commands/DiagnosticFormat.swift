internal import Operations
internal import ArgumentParser
internal import JSON
internal import Output
internal import Settings

/// Output formats of findings.
enum DiagnosticFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, sarif, github
}

extension Diagnostic {
    static func print(_ findings: [Diagnostic], as format: DiagnosticFormat) {
        switch format {
        case .text: print(findings, as: OutputFormat.text)
        case .json: print(findings, as: OutputFormat.json)
        case .sarif: Terminal.line(sarif(findings))
        case .github: for finding in findings { Terminal.line(finding.github) }
        }
    }

    /// An annotation of a GitHub workflow.
    private var github: String {
        func escaped(_ text: String, isProperty: Bool) -> String {
            var text = text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
            if isProperty { text = text.replacing(":", with: "%3A").replacing(",", with: "%2C") }
            return text
        }
        var properties: [String] = []
        if let file { properties.append("file=\(escaped(file, isProperty: true))") }
        if let line { properties.append("line=\(line)") }
        if let column { properties.append("col=\(column)") }
        properties.append("title=\(escaped(rule, isProperty: true))")
        let level = severity == .error ? "error" : "notice"
        return "::\(level) \(properties.joined(separator: ","))::\(escaped(message, isProperty: false))"
    }

    /// SARIF 2.1.0.
    private static func sarif(_ findings: [Diagnostic]) -> String {
        let rules = Set(findings.map(\.rule)).sorted().map { rule in
            var object = JSONObjectText()
            object.add("id", rule)
            return object.text
        }
        var driver = JSONObjectText()
        driver.add("name", "promo-gateway")
        driver.add("version", Version.text)
        driver.add("rules", objects: rules)
        var tool = JSONObjectText()
        tool.add("driver", raw: driver.text)
        var run = JSONObjectText()
        run.add("tool", raw: tool.text)
        run.add("results", objects: findings.map(\.sarifResult))
        var root = JSONObjectText()
        root.add("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
        root.add("version", "2.1.0")
        root.add("runs", objects: [run.text])
        return root.text
    }

    private var sarifResult: String {
        var result = JSONObjectText()
        result.add("ruleId", rule)
        result.add("level", severity == .error ? "error" : "note")
        var text = JSONObjectText()
        text.add("text", message)
        result.add("message", raw: text.text)
        guard let file else { return result.text }
        var artifact = JSONObjectText()
        artifact.add("uri", file)
        var physical = JSONObjectText()
        physical.add("artifactLocation", raw: artifact.text)
        if let line {
            var region = JSONObjectText()
            region.add("startLine", line)
            region.add("startColumn", column ?? 1)
            physical.add("region", raw: region.text)
        }
        var location = JSONObjectText()
        location.add("physicalLocation", raw: physical.text)
        result.add("locations", objects: [location.text])
        return result.text
    }
}

extension Diagnostic {
    static func print(_ findings: [Diagnostic], as format: OutputFormat) {
        switch format {
        case .text:
            for finding in findings {
                Terminal.line(
                    finding.severity == .error ? Style.bad(finding.description) : Style.doubtful(finding.description))
            }
        case .json: Terminal.line("[" + findings.map(\.json).joined(separator: ",\n ") + "]")
        }
    }
}
