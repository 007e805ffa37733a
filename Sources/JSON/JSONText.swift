/// Writes JSON text.
package enum JSONText {
    /// Appends a quoted string with the minimum of escapes. The bytes must be valid UTF-8.
    package static func append(string bytes: UnsafeBufferPointer<UInt8>, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        var start = 0
        for at in 0..<bytes.count {
            let byte = bytes[at]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            out.append(contentsOf: bytes[start..<at])
            start = at + 1
            out.append(UInt8(ascii: "\\"))
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out.append(byte)
            case 0x08: out.append(UInt8(ascii: "b"))
            case 0x09: out.append(UInt8(ascii: "t"))
            case 0x0A: out.append(UInt8(ascii: "n"))
            case 0x0C: out.append(UInt8(ascii: "f"))
            case 0x0D: out.append(UInt8(ascii: "r"))
            default:
                out.append(contentsOf: "u00".utf8)
                out.append(byte < 16 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
                out.append(Array("0123456789abcdef".utf8)[Int(byte & 15)])
            }
        }
        out.append(contentsOf: bytes[start...])
        out.append(UInt8(ascii: "\""))
    }

    /// Appends a quoted string.
    package static func append(string: String, to out: inout [UInt8]) {
        var string = string
        string.withUTF8 { append(string: $0, to: &out) }
    }

    /// A quoted string.
    package static func quoted(_ string: String) -> String {
        var out: [UInt8] = []
        append(string: string, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// Pretty-prints with one member per line, values unchanged; nil if the text is not JSON.
    package static func pretty(_ text: [UInt8]) -> [UInt8]? {
        (try? JSONParser().parse(text))?.withRoot { root in
            var out: [UInt8] = []
            append(pretty: root, indent: 0, to: &out)
            return out
        }
    }

    /// Appends a value with one member or element per line; numbers and strings unchanged.
    package static func append(pretty node: JSONNode, indent: Int, to out: inout [UInt8]) {
        func line(_ depth: Int) {
            out.append(UInt8(ascii: "\n"))
            out.append(contentsOf: [UInt8](repeating: UInt8(ascii: " "), count: depth * 2))
        }
        guard (node.isObject || node.isArray) && node.count > 0 else {
            return out.append(contentsOf: node.rawText)
        }
        out.append(UInt8(ascii: node.isObject ? "{" : "["))
        var isFirst = true
        func separate() {
            if !isFirst { out.append(UInt8(ascii: ",")) }
            isFirst = false
            line(indent + 1)
        }
        if node.isObject {
            for (name, value) in node.members {
                separate()
                out.append(contentsOf: name.rawText)
                out.append(contentsOf: ": ".utf8)
                append(pretty: value, indent: indent + 1, to: &out)
            }
        } else {
            for element in node.elements {
                separate()
                append(pretty: element, indent: indent + 1, to: &out)
            }
        }
        line(indent)
        out.append(UInt8(ascii: node.isObject ? "}" : "]"))
    }
}
