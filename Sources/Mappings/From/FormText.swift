internal import JSON

/// Pairs of a query or of a form: `name=value&…`, as `application/x-www-form-urlencoded` encodes them.
package enum FormText {
    /// Why a text cannot be read.
    package struct Problem: Error {
        package let message: String
    }

    private static let mostPairs = 1000

    /// `what`: the text, for the message.
    package static func pairs(_ text: String, what: String) throws(Problem) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        for part in text.split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decoded(sides[0], plusIsSpace: true),
                let value = decoded(sides.count > 1 ? sides[1] : "", plusIsSpace: true)
            else {
                throw Problem(message: "\(what) has a '%' that encodes no UTF-8 text, or a NUL; encode it anew")
            }
            pairs.append((name, value))
            guard pairs.count <= mostPairs else {
                throw Problem(message: "\(what) has more than \(mostPairs) pairs; send fewer")
            }
        }
        return pairs
    }

    /// Nil where a `%` is followed by anything but two hexadecimal digits, or the bytes are not UTF-8 or hold NUL.
    package static func decoded(_ text: Substring, plusIsSpace: Bool) -> String? {
        let plain = plusIsSpace ? text.utf8.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 } : Array(text.utf8)
        guard let out = PercentEncoding.bytes(of: plain), !out.contains(0) else { return nil }
        return String(validating: out, as: UTF8.self)
    }

    /// An object of texts as JSON. A name that is there several times is a list of them.
    static func object(_ pairs: [(name: String, value: String)]) -> [UInt8] {
        var names: [String] = []
        var values: [String: [String]] = [:]
        for (name, value) in pairs {
            if values[name] == nil { names.append(name) }
            values[name, default: []].append(value)
        }
        var object = JSONObjectText()
        for name in names {
            let all = values[name] ?? []
            if all.count == 1 {
                object.add(name, all[0])
            } else {
                object.add(name, objects: all.map { JSONText.quoted($0) })
            }
        }
        return Array(object.text.utf8)
    }
}

extension HTTPEndpoint {
    /// The message of a body: JSON as it is, a form as an object, a text as one, or an empty object.
    package func message(of body: [UInt8]) throws(FormText.Problem) -> [UInt8] {
        switch self.body {
        case .json: return body
        case .none:
            guard body.isEmpty else { throw FormText.Problem(message: "this request has no body; leave it out") }
            return Array("{}".utf8)
        case .text, .form:
            guard let text = String(validating: body, as: UTF8.self) else {
                throw FormText.Problem(message: "the body has bytes that are not UTF-8; send it as UTF-8")
            }
            if self.body == .form { return FormText.object(try FormText.pairs(text, what: "the form")) }
            var message: [UInt8] = []
            JSONText.append(string: text, to: &message)
            return message
        }
    }
}
