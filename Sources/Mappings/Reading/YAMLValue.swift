internal import JSON
internal import Yams

/// Interprets scalars by the YAML 1.2 core schema: `no`, `on`, `y` and everything quoted are texts.
enum YAMLValue {
    enum Kind: Equatable {
        case null
        case bool(Bool)
        /// Text of a JSON number.
        case number
        case text
    }

    static func kind(of scalar: Node.Scalar) -> Kind {
        guard scalar.style == .plain || scalar.style == .any else { return .text }
        switch scalar.string {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default:
            var text = scalar.string
            return text.withUTF8 { Decimals.isJSONNumber($0) } ? .number : .text
        }
    }

    static func appendJSON(_ node: Node, to out: inout [UInt8]) {
        switch node {
        case .scalar(let scalar):
            switch kind(of: scalar) {
            case .null: out.append(contentsOf: "null".utf8)
            case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
            case .number: out.append(contentsOf: scalar.string.utf8)
            case .text: JSONText.append(string: scalar.string, to: &out)
            }
        case .sequence(let sequence):
            out.append(UInt8(ascii: "["))
            for (index, element) in sequence.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                appendJSON(element, to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .mapping(let mapping):
            out.append(UInt8(ascii: "{"))
            for (index, (key, value)) in mapping.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                JSONText.append(string: key.scalar?.string ?? "", to: &out)
                out.append(UInt8(ascii: ":"))
                appendJSON(value, to: &out)
            }
            out.append(UInt8(ascii: "}"))
        case .alias: out.append(contentsOf: "null".utf8)
        }
    }
}
