internal import Contracts
internal import DryRun
internal import Foundation
internal import JSON
internal import Mappings
internal import Operations

/// Writes actual results as expectations into a test file; the rest of the file is unchanged.
enum TestUpdate {
    /// False if nothing had to be written.
    static func write(_ result: MappingTesting.Result) throws -> Bool {
        guard result.findings.isEmpty, let text = MappingFileSet.text(of: result.file) else { return false }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        // Backwards, so that earlier positions stay valid.
        for (test, outcome) in zip(result.tests, result.outcomes).reversed() where !outcome.differences.isEmpty {
            var edits: [(place: TextPosition?, parent: TextPosition, key: String, value: [String])] = []
            for (index, outcomes) in outcome.found.outcomes.enumerated() where index < test.places.outcomes.count {
                edits.append(
                    (
                        test.places.outcomes[index], test.places.messages[index], "outcomes",
                        [" [\(outcomes.joined(separator: ", "))]"]
                    ))
            }
            let records = outcome.found.records.flatMap { collection, records in
                records.isEmpty ? ["  \(collection): []"] : ["  \(collection):"] + records.map { "    - \($0)" }
            }
            if test.documents == nil {
                edits.append(
                    (test.places.records, test.places.test, "records", records.isEmpty ? [" {}"] : [""] + records))
            }
            let letters = outcome.found.deadLetters.map { "  - " + letter($0) }
            if !letters.isEmpty || test.places.deadLetters != nil {
                edits.append(
                    (
                        test.places.deadLetters, test.places.test, "deadLetters",
                        letters.isEmpty ? [" []"] : [""] + letters
                    ))
            }
            let postings = outcome.found.postings.map { "  - " + posting($0) }
            if !postings.isEmpty || test.places.postings != nil {
                edits.append(
                    (
                        test.places.postings, test.places.test, "postings",
                        postings.isEmpty ? [" []"] : [""] + postings
                    ))
            }
            // Replacements from the last line on; then additions, at the end of their parent.
            for edit in edits.sorted(by: { ($0.place?.line ?? 0) > ($1.place?.line ?? 0) }) {
                if let place = edit.place {
                    let end = end(of: place, in: lines)
                    lines.replaceSubrange(
                        (place.line - 1)..<end, with: block(edit.key, edit.value, place, lines[place.line - 1]))
                } else if !(edit.key == "records" && edit.value == [" {}"]) {
                    let end = end(of: edit.parent, in: lines, ofParent: true)
                    lines.insert(contentsOf: block(edit.key, edit.value, edit.parent, ""), at: end)
                }
            }
        }
        let updated = lines.joined(separator: "\n")
        guard updated != text else { return false }
        try Data(updated.utf8).write(to: URL(fileURLWithPath: result.file), options: .atomic)
        return true
    }

    /// The key with its value, indented to its column; what precedes it on its line (a dash) stays.
    private static func block(_ key: String, _ value: [String], _ place: TextPosition, _ line: String) -> [String] {
        let indent = String(repeating: " ", count: place.column - 1)
        let before = line.isEmpty ? indent : String(line.prefix(place.column - 1))
        return [before + key + ":" + (value.first ?? "")] + value.dropFirst().map { indent + $0 }
    }

    /// Index of the first line after the key at this position, or, with `ofParent`, after the mapping it starts.
    private static func end(of place: TextPosition, in lines: [String], ofParent: Bool = false) -> Int {
        var last = place.line
        for index in place.line..<max(place.line, lines.count) {
            let line = lines[index]
            let trimmed = line.drop { $0 == " " }
            if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
            let indent = line.count - trimmed.count
            if indent < place.column - (ofParent ? 1 : 0) { break }
            last = index + 1
        }
        return last
    }

    /// `{ queue: …, body: … }` of a posting.
    private static func posting(_ report: FeedDryRun.Report) -> String {
        var object = JSONObjectText()
        guard let row = report.row else {
            object.add("failed", report.failure ?? "")
            return object.text
        }
        switch row.target {
        case .amqp("", let queue): object.add("queue", queue)
        case .amqp(let exchange, let routingKey):
            object.add("exchange", exchange)
            object.add("routingKey", routingKey)
        case .file(let path): object.add("file", path)
        case .log: break
        }
        object.add("body", raw: String(decoding: row.body, as: UTF8.self))
        return object.text
    }

    /// `{ reasons: […], message: … }` of a stored dead letter.
    private static func letter(_ text: String) -> String {
        guard let document = try? JSONParser().parse(text) else { return "{}" }
        return document.withRoot { letter in
            var reasons: [String] = []
            for reason in (letter["reasons"]?.elements).map({ Array($0) }) ?? [] {
                var own = JSONObjectText()
                own.add("code", reason["code"]?.string ?? "")
                if let item = reason["item"]?.int64 { own.add("item", Int(item)) }
                own.add("pointer", reason["pointer"]?.string ?? "")
                reasons.append(own.text)
            }
            var object = JSONObjectText()
            object.add("reasons", objects: reasons)
            if let message = letter["message"], !message.isNull {
                object.add("message", raw: String(decoding: message.rawText, as: UTF8.self))
            }
            return object.text
        }
    }
}
