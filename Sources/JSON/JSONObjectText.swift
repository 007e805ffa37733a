/// Writes one JSON object, member by member.
package struct JSONObjectText {
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    package init() {}

    package mutating func add(_ name: String, _ value: String?) {
        guard let value else { return add(name, raw: "null") }
        begin(name)
        JSONText.append(string: value, to: &bytes)
    }

    package mutating func add(_ name: String, _ value: Int?) { add(name, raw: value.map { String($0) } ?? "null") }
    package mutating func add(_ name: String, _ value: Bool) { add(name, raw: value ? "true" : "false") }

    /// `raw`: JSON text.
    package mutating func add(_ name: String, raw: String) {
        begin(name)
        bytes.append(contentsOf: raw.utf8)
    }

    package mutating func add(_ name: String, objects: [String]) {
        add(name, raw: "[" + objects.joined(separator: ",") + "]")
    }

    private mutating func begin(_ name: String) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        JSONText.append(string: name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
    }

    /// The complete object.
    package var text: String { String(decoding: bytes, as: UTF8.self) + "}" }
}
