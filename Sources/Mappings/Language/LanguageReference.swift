/// The reference of the language as Markdown: docs/mapping-reference.md.
package enum LanguageReference {
    package static var markdown: String {
        var lines = [
            "# Mapping reference", "",
            "Made by `gateway schema mapping --format markdown` from the table that the compiler reads; a test fails when this file",
            "is out of date. For a way in, read [the tutorial](mappings.md).", "",
            "Texts may hold `${VARIABLE}`, `${VARIABLE:-default}` and `${VARIABLE:?message}`, which are replaced after the YAML is read.",
            "A path begins with `$` (the message), `.` (the item) or `^` (what the item stands in), and leads to one place:",
            "`$.a.b[0]`, `.name`, `.['a name']`, `[-1]` for the last. Only `items` may have `[*]`.", "",
            "## Mapping files", "",
        ]
        for object in Language.objects { lines += section(object) }
        lines += ["## Test files", ""]
        for object in Language.testObjects { lines += section(object) }
        return lines.joined(separator: "\n")
    }

    private static func section(_ object: LanguageObject) -> [String] {
        var lines = ["### \(object.title)", "", object.help, ""]
        for key in object.keys {
            // A condition has all keys of a value; they are told there.
            if object.id == "condition", Language.value.keys.contains(where: { $0.name == key.name }) { continue }
            lines.append("- `\(key.name)` (\(words(key.kind))\(key.isRequired ? ", required" : "")): \(key.help)")
            lines += ["", "  ```yaml"] + key.example.split(separator: "\n").map { "  \($0)" } + ["  ```", ""]
        }
        return lines
    }

    private static func words(_ kind: LanguageKind) -> String {
        switch kind {
        case .text: "text"
        case .integer(let range): "whole number from \(range.lowerBound) to \(range.upperBound)"
        case .flag: "`true`"
        case .bool: "`true` or `false`"
        case .word(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        case .path: "path"
        case .scalar: "single value"
        case .anything: "anything"
        case .list(let element): "list of: \(words(element))"
        case .map(let value): "map of: \(words(value))"
        case .object(let id): link(id)
        case .either(let kinds): kinds.map(words).joined(separator: ", or ")
        }
    }

    private static func link(_ id: String) -> String {
        let all = Language.objects + Language.testObjects
        guard let title = all.first(where: { $0.id == id })?.title else { return id }
        let anchor = title.lowercased().filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" }
            .replacing(" ", with: "-")
        return "[\(title.prefix(1).lowercased() + title.dropFirst())](#\(anchor))"
    }
}
