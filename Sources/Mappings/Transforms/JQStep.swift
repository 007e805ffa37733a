internal import JSON
internal import JQ

/// Runs a jq program on a value.
final class JQStep: Transform {
    private let program: JQProgram

    init(_ text: String) throws(JQError) { program = try JQProgram(text) }

    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value {
        if case .missing = value { return value }
        do throws(JQError) {
            var json: [UInt8] = []
            value.append(to: &json)
            let result = json.withUnsafeBufferPointer { bytes in
                Result { () throws(JQError) in try program.evaluate(bytes) }
            }
            guard let made = try result.get() else { return .missing }
            return Self.value(made, run)
        } catch {
            throw Fault("jq", expected: "a value that the jq program takes", found: value, remedy: error.message)
        }
    }

    /// Parses a JSON text.
    private static func value(_ json: [UInt8], _ run: Run) -> Value {
        switch json.first {
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "t"): return .bool(true)
        case UInt8(ascii: "f"): return .bool(false)
        case UInt8(ascii: "{"), UInt8(ascii: "["): return .json(run.scratch.copy(json))
        case UInt8(ascii: "\""):
            guard let document = try? run.parser.parse(json) else { return .null }
            return document.withRoot { .text(run.scratch.copy($0.utf8)) }
        default: return .number(run.scratch.copy(json))
        }
    }

    func types(of input: ValueTypes) -> ValueTypes { .any }
}
