internal import Contracts
internal import JSON
internal import Mappings

/// Compares an answer with a test's expectation.
enum AnswerDifference {
    static func all(_ expected: MappingTest.Answer, _ found: RequestAnswer?, what: String) -> [String] {
        guard let found else {
            return ["\(what): expected one, found none; only routes with 'from: { http: … }' answer"]
        }
        var lines: [String] = []
        let body = String(decoding: found.body, as: UTF8.self)
        if let status = expected.status, status != found.status {
            lines.append("\(what), status: expected \(status), found \(found.status) with \(body.cut(toBytes: 500))")
        }
        for header in expected.headers {
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
