/// Restricts jq programs to pure functions of their input: rejects identifiers that reach files, the environment, the
/// clock or the terminal before libjq sees them.
enum JQGuard {
    static let maximumBytes = 64 << 10

    private static let forbidden: [String: String] = [
        "import": "reads files", "include": "reads files", "input": "reads more input",
        "inputs": "reads more input",
        "input_filename": "reveals files", "input_line_number": "reveals files", "modulemeta": "reads files",
        "get_search_list": "reveals files", "env": "reads the environment", "$ENV": "reads the environment",
        "now": "reads the clock; use 'delivery: receivedAt'", "localtime": "depends on the machine's time zone",
        "strflocaltime": "depends on the machine's time zone", "debug": "writes to the terminal",
        "stderr": "writes to the terminal", "halt": "ends the program", "halt_error": "ends the program",
    ]

    static func check(_ text: String) throws(JQError) {
        guard text.utf8.count <= maximumBytes, !text.utf8.contains(0) else {
            throw JQError(.forbidden, "a jq program has at most \(maximumBytes) bytes, and no NUL")
        }
        for word in words(of: text) {
            if let first = word.first, first.isNumber, !isExact(word) {
                throw JQError(
                    .forbidden,
                    "jq does not keep the digits of '\(word.prefix(40))'; compare texts, or test it without jq")
            }
            guard let why = forbidden[word] else { continue }
            throw JQError(.forbidden, "'\(word)' \(why); a mapping's jq program can read only its value")
        }
    }

    /// Whether a double keeps a literal of digits.
    private static func isExact(_ digits: String) -> Bool {
        guard digits.count > 15, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return true }
        return Int64(digits).map { $0 <= 1 << 53 } ?? false
    }

    /// Identifiers and numbers outside strings and comments, including those in `\( … )`; field names after a dot are excluded.
    private static func words(of text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isField = false
        // For each open string, the bracket depth of its interpolation; 0 in the string itself.
        var strings: [Int] = []
        var before: Character = " "
        var isComment = false
        func end() {
            if !word.isEmpty, !isField { words.append(word) }
            word = ""
        }
        for character in text {
            defer { before = character == "\\" && before == "\\" ? " " : character }
            if isComment {
                if character == "\n" { isComment = false }
                continue
            }
            if let depth = strings.last, depth == 0 {
                if character == "(", before == "\\" {
                    strings[strings.count - 1] = 1
                } else if character == "\"", before != "\\" {
                    strings.removeLast()
                }
                continue
            }
            if character.isLetter || character.isNumber || character == "_" || character == "$" {
                if word.isEmpty { isField = before == "." }
                word.append(character)
                continue
            }
            end()
            switch character {
            case "\"": strings.append(0)
            case "#": isComment = true
            case "(": if !strings.isEmpty { strings[strings.count - 1] += 1 }
            case ")":
                if let depth = strings.last { strings[strings.count - 1] = max(0, depth - 1) }
            default: break
            }
        }
        end()
        return words
    }
}
