internal import JSON
internal import Mappings

/// Compares an answer with a test's expectation.
enum AnswerDifference {
    static func all(_ expected: MappingTest.Answer, _ found: TestRunner.Answer?, what: String) -> [String] {
        guard let found else {
            return ["\(what): expected one, found none; only routes with 'from: { http: … }' or 'websocket' answer"]
        }
        var lines: [String] = []
        if found.status == nil, expected.status != nil || !expected.headers.isEmpty {
            lines.append("\(what): the answer to a client has neither status nor headers; leave them out")
        }
        let body = String(decoding: found.body, as: UTF8.self)
        if let status = expected.status, let own = found.status, status != own {
            lines.append("\(what), status: expected \(status), found \(own) with \(body.cut(toBytes: 500))")
        }
        for header in expected.headers where found.status != nil {
            let value = found.headers.first { $0.name == header.name.lowercased() }?.value
            if value != header.value {
                lines.append("\(what), header \(header.name): expected \(header.value), found \(value ?? "none")")
            }
        }
        if let text = expected.text, text != body {
            lines.append("\(what), text: expected \(text), found \(body.cut(toBytes: 500))")
        }
        if let json = expected.body { lines += JSONDifference.value(json, body, what: "\(what), body") }
        return lines
    }
}
