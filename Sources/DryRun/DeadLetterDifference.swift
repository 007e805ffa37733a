internal import Ingest
internal import JSON
internal import Mappings

/// Compares dead letters with a test's expectations.
enum DeadLetterDifference {
    static func all(_ expected: [MappingTest.DeadLetter], _ found: [String]) -> [String] {
        let letters = found.compactMap { try? JSONParser().parse($0) }
        var lines: [String] = []
        for index in 0..<max(expected.count, letters.count) {
            if index >= letters.count {
                lines.append("deadLetters[\(index)]: expected one, found no more")
            } else if index >= expected.count {
                let texts: [String] = letters[index].withRoot { letter in reasons(of: letter).map { $0.text ?? "" } }
                lines.append("deadLetters[\(index)]: expected no more, found: " + texts.joined(separator: "; "))
            } else {
                lines += one(expected[index], letters[index], index)
            }
        }
        return lines
    }

    private static func one(_ expected: MappingTest.DeadLetter, _ found: JSONDocument, _ index: Int) -> [String] {
        found.withRoot { letter in
            var lines: [String] = []
            if let message = expected.message {
                let own = letter["message"].map { String(decoding: $0.rawText, as: UTF8.self) } ?? "null"
                lines += JSONDifference.value(message, own, what: "deadLetters[\(index)].message")
            }
            guard let wanted = expected.reasons else { return lines }
            let reasons = reasons(of: letter)
            for number in 0..<max(wanted.count, reasons.count) {
                let what = "deadLetters[\(index)].reasons[\(number)]"
                if number >= reasons.count {
                    lines.append("\(what): expected \(wanted[number].code), found no more")
                } else if number >= wanted.count {
                    lines.append(
                        "\(what): expected no more, found \(reasons[number].code): \(reasons[number].text ?? "")")
                } else {
                    lines += compare(wanted[number], reasons[number], what)
                }
            }
            return lines
        }
    }

    private static func compare(_ a: MappingTest.Reason, _ b: MappingTest.Reason, _ what: String) -> [String] {
        var lines: [String] = []
        func check(_ name: String, _ a: String?, _ b: String?) {
            guard let a, a != b else { return }
            lines.append("\(what).\(name): expected \(a), found \(b ?? "nothing")")
        }
        check("code", a.code, b.code)
        check("item", a.item.map(String.init), b.item.map(String.init))
        check("pointer", a.pointer, b.pointer)
        check("text", a.text, b.text)
        return lines
    }

    private static func reasons(of letter: JSONNode) -> [MappingTest.Reason] {
        (letter["reasons"]?.elements).map { reasons in
            reasons.map { reason in
                MappingTest.Reason(
                    code: reason["code"]?.string ?? "", item: reason["item"]?.int64.map { Int($0) },
                    pointer: reason["pointer"]?.string, text: reason["text"]?.string)
            }
        } ?? []
    }
}
