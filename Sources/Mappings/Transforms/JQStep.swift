internal import JSON
internal import JQ

/// Runs a jq program on a value.
final class JQStep: Transform {
    private let program: JQProgram

    init(_ text: String) throws(JQError) { program = try JQProgram(text) }

    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value {
        if case .missing = value { return value }
        var json: [UInt8] = []
        value.append(to: &json)
        let made: [UInt8]?
        do throws(JQError) {
            made = try evaluate(json)
        } catch {
            throw Fault("jq", expected: "a value that the jq program takes", found: value, remedy: error.message)
        }
        let numbers = JQNumbers(in: json)
        let decisive = numbers.decisive(for: made) { json -> [UInt8]? in
            do throws(JQError) { return try evaluate(json) } catch { return [] }
        }
        if let number = decisive {
            throw Fault(
                "jq", expected: "numbers that jq keeps: 15 digits, or whole ones up to 9007199254740992",
                found: "the number \(number.prefix(40))",
                remedy: "read it with 'path:', without jq, or send it as text")
        }
        guard let made else { return .missing }
        if let number = numbers.inexact(in: made) {
            throw Fault(
                "jq", expected: "a result that jq computes exactly", found: "\(number.prefix(40)) as the result",
                remedy: "jq computes with doubles: round it there, such as (… * 100 | round) / 100, or compute with"
                    + " 'scale:' and 'round:'")
        }
        return Self.value(made, run)
    }

    private func evaluate(_ json: [UInt8]) throws(JQError) -> [UInt8]? {
        try json.withUnsafeBufferPointer { bytes in
            Result { () throws(JQError) in try program.evaluate(bytes) }
        }.get()
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
