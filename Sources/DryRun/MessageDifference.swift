internal import JSON
internal import Mappings

/// Compares what came of a message with a test's expectations.
enum MessageDifference {
    /// Of a message or request. `note`: what became of it as a whole.
    static func ofRoute(
        _ expected: MappingTest.Message, _ found: TestRunner.Message, note: String, place: String
    ) -> [String] {
        var lines: [String] = []
        if expected.outcomes != found.outcomes {
            lines.append(
                "\(place)outcomes: expected [\(list(expected.outcomes))], found [\(list(found.outcomes))]\(note)")
        }
        if let answer = expected.answer { lines += AnswerDifference.all(answer, found.answer, what: "\(place)answer") }
        for (name, isExpected) in [("key", expected.key != nil), ("pushes", expected.pushes != nil)] where isExpected {
            lines.append(
                "\(place)\(name): expected some, found none; only clients of routes with 'from: { websocket: … }' have them"
            )
        }
        return lines
    }

    /// Of a client's message.
    static func ofClient(_ expected: MappingTest.Message, _ found: TestRunner.Message, place: String) -> [String] {
        var lines: [String] = []
        if !expected.outcomes.isEmpty {
            lines.append(
                "\(place)outcomes: expected [\(list(expected.outcomes))], found []; the message of a client has none")
        }
        if let answer = expected.answer { lines += AnswerDifference.all(answer, found.answer, what: "\(place)answer") }
        if expected.key != found.key {
            let body = String(decoding: found.answer?.body ?? [], as: UTF8.self)
            let answer = found.key == nil ? " and the answer \(body)" : ""
            lines.append("\(place)key: expected \(expected.key ?? "none"), found \(found.key ?? "none")\(answer)")
        }
        guard let pushes = expected.pushes else { return lines }
        for index in 0..<max(pushes.count, found.pushes.count) {
            let what = "\(place)pushes[\(index)]"
            if index >= found.pushes.count {
                lines.append("\(what): expected \(pushes[index]), found no more")
            } else if index >= pushes.count {
                lines.append("\(what): expected no more, found \(found.pushes[index])")
            } else {
                lines += JSONDifference.value(pushes[index], found.pushes[index], what: what)
            }
        }
        return lines
    }

    private static func list(_ words: [String]) -> String { words.joined(separator: ", ") }
}
