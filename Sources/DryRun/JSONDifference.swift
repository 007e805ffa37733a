internal import JSON
internal import Schemas

/// Compares JSON values; describes differences as lines of text.
enum JSONDifference {
    /// Compares two values.
    static func value(_ expected: String, _ found: String, what: String) -> [String] {
        let parser = JSONParser()
        guard let a = try? parser.parse(expected), let b = try? parser.parse(found) else {
            return ["\(what): expected \(expected), found \(found)"]
        }
        var lines: [String] = []
        a.withRoot { a in b.withRoot { b in compare(a, b, what, &lines) } }
        return lines
    }

    private static func compare(
        _ a: JSONNode, _ b: JSONNode, _ place: String, _ lines: inout [String]
    ) {
        if a.isObject, b.isObject {
            for (name, value) in a.members {
                let own = "\(place).\(name.string ?? "")"
                if let other = b[name.string ?? ""] {
                    compare(value, other, own, &lines)
                } else {
                    lines.append("\(own): expected \(text(value)), found nothing")
                }
            }
            for (name, value) in b.members where a[name.string ?? ""] == nil {
                lines.append("\(place).\(name.string ?? ""): expected nothing, found \(text(value))")
            }
        } else if a.isArray, b.isArray, a.count == b.count {
            for (index, (one, other)) in zip(a.elements, b.elements).enumerated() {
                compare(one, other, "\(place)[\(index)]", &lines)
            }
        } else if !JSONEquality.equal(a, b) {
            lines.append("\(place): expected \(text(a)), found \(text(b))")
        }
    }

    private static func text(_ node: JSONNode) -> String { String(decoding: node.rawText, as: UTF8.self) }
}
