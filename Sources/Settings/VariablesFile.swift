internal import Foundation

/// Parses a file of environment variables (`.env`): a line `NAME=value` each, `#` comments, `export ` before a name.
///
/// A value ends with its line, or with a `#` after white space, and is trimmed. In 'single quotes' it is as it stands, in
/// "double quotes" `\n`, `\r`, `\t`, `\\`, `\"` and `\$` are escapes; both may hold line ends. Nothing is replaced in a value,
/// and no error quotes one.
package struct VariablesFile: Sendable {
    package struct Variable: Sendable, Equatable {
        package let value: String
        package let line: Int
        package let column: Int
    }

    /// The file that is read beside the settings file.
    package static let usualName = ".env"
    /// Maximum file size.
    private static let maximumBytes = 1 << 20

    package private(set) var variables: [String: Variable] = [:]
    package private(set) var mistakes: [SettingDiagnostic] = []
    private let path: String
    private var rest: Substring = ""
    private var (line, column) = (1, 1)

    /// `isNamed`: it was asked for, so that it must exist.
    package static func read(path: String, isNamed: Bool) -> VariablesFile {
        var file = VariablesFile(path: path)
        // A directory of this name belongs to another program.
        guard isNamed || (Files.exists(path) && !Files.isDirectory(path)) else { return file }
        guard let data = Files.content(path) else {
            file.add("cannot read the file of variables; give an existing file with --env, or allow it to be read")
            return file
        }
        guard data.count <= maximumBytes else {
            file.add("the file has \(data.count) bytes; a file of variables has at most \(maximumBytes)")
            return file
        }
        guard let text = String(data: data, encoding: .utf8) else {
            file.add("the file is not UTF-8 text; fix its encoding")
            return file
        }
        file.parse(text)
        return file
    }

    /// `text`: of the file at this path.
    init(_ text: String, path: String) {
        self.init(path: path)
        parse(text)
    }

    private init(path: String) { self.path = path }

    package func origin(of name: String) -> SettingValue.Origin? {
        variables[name].map { .variable(file: path, line: $0.line, column: $0.column) }
    }

    // MARK: Lines

    private mutating func parse(_ text: String) {
        rest = text[...]
        if rest.first == "\u{FEFF}" { rest = rest.dropFirst() }
        while !rest.isEmpty {
            skipSpace()
            if let first = rest.first, first != "#", !first.isNewline { assignment() }
            skipLine()
        }
    }

    private mutating func assignment() {
        var place = (line: line, column: column)
        var name = self.name()
        if name == "export", rest.first?.isSpace == true {
            skipSpace()
            place = (line, column)
            name = self.name()
        }
        skipSpace()
        guard !name.isEmpty, !Self.isDigit(name.first), rest.first == "=" else {
            return add(
                "expected NAME=value, a name of letters, digits and '_'; write '#' before a comment", at: place)
        }
        advance()
        skipSpace()
        guard let value = value() else { return }
        if let earlier = variables[name] {
            return add("\(name) is given twice; the first one is in line \(earlier.line); keep one of them", at: place)
        }
        variables[name] = Variable(value: value, line: place.line, column: place.column)
    }

    private mutating func name() -> String {
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        for _ in name { advance() }
        return String(name)
    }

    private static func isDigit(_ character: Character?) -> Bool { character?.isNumber ?? false }

    // MARK: Values

    private mutating func value() -> String? {
        let place = (line: line, column: column)
        guard let quote = rest.first, quote == "'" || quote == "\"" else { return plain() }
        advance()
        var value = ""
        while let next = rest.first {
            advance()
            if next == quote { return isAtEnd() ? value : nil }
            if quote == "\"", next == "\\" {
                guard let escaped = escape() else { return nil }
                value.append(escaped)
            } else {
                if quote == "\"", next == "$", rest.first == "{" { return reference() }
                value.append(next)
            }
        }
        add("the quote is not closed; write the same quote at the value's end", at: place)
        return nil
    }

    private mutating func plain() -> String? {
        var value = ""
        while let next = rest.first, !next.isNewline, !(next == "#" && value.last.map(\.isSpace) ?? true) {
            advance()
            if next == "$", rest.first == "{" { return reference() }
            value.append(next)
        }
        while value.last?.isSpace == true { value.removeLast() }
        return value
    }

    /// The dollar sign is passed.
    private mutating func reference() -> String? {
        add(
            "'${' is not replaced in a file of variables; write the value itself, or single quotes around it if it is meant as"
                + " it stands", at: (line, column - 1))
        return nil
    }

    private mutating func escape() -> Character? {
        let escapes: [Character: Character] = ["n": "\n", "r": "\r", "t": "\t", "\\": "\\", "\"": "\"", "$": "$"]
        guard let next = rest.first, let escaped = escapes[next] else {
            add(
                "a backslash in double quotes stands before n, r, t, \\, \" or $; write \\\\ for a backslash, or single quotes",
                at: (line, column - 1))
            return nil
        }
        advance()
        return escaped
    }

    /// Behind a closing quote.
    private mutating func isAtEnd() -> Bool {
        skipSpace()
        guard let next = rest.first, !next.isNewline, next != "#" else { return true }
        add("something follows the closing quote; put all of the value in quotes, or '#' before a comment")
        return false
    }

    // MARK: Characters

    private mutating func advance() {
        guard let first = rest.popFirst() else { return }
        if first.isNewline { (line, column) = (line + 1, 1) } else { column += first.unicodeScalars.count }
    }

    private mutating func skipSpace() { while rest.first?.isSpace == true { advance() } }

    /// To the beginning of the next line.
    private mutating func skipLine() {
        while let first = rest.first {
            advance()
            if first.isNewline { return }
        }
    }

    private mutating func add(_ message: String, at place: (line: Int, column: Int)? = nil) {
        let place = place ?? (line, column)
        mistakes.append(
            SettingDiagnostic(
                at: .file(path, line: place.line, column: place.column), rule: "variables-file", message))
    }
}

extension Character {
    fileprivate var isSpace: Bool { self == " " || self == "\t" }
}
