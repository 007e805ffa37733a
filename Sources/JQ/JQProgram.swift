internal import CJq

/// One compiled jq program (libjq 1.6). Keeps the state of its last evaluation, so it serves one thread at a time; each
/// lane compiles its own.
///
/// A program that runs longer than ``timeLimit`` is halted from outside: libjq looks for that between any two of its
/// instructions. It has no bound of its own for memory; the time and ``maximumBytes`` of the answer bound it here.
package final class JQProgram {
    /// For one value.
    package static let timeLimit = Duration.milliseconds(250)
    /// Of an answer.
    package static let maximumBytes = 16 << 20

    private let state: OpaquePointer
    private let complaints = Complaints()

    package init(_ text: String) throws(JQError) {
        try JQGuard.check(text)
        if let file = JQHome.file {
            throw JQError(
                .forbidden,
                "'\(file)' would change what jq programs mean; take it away, or set HOME to another directory")
        }
        guard let state = jq_init() else { throw JQError(.failed, "not enough memory for a jq program") }
        self.state = state
        // Deinit runs from here on. No library is ever searched for.
        jq_set_attr(state, jv_string("JQ_LIBRARY_PATH"), jv_array())
        jq_set_error_cb(state, Complaints.hear, Unmanaged.passUnretained(complaints).toOpaque())
        guard jq_compile(state, text) != 0 else {
            let first = complaints.lines.first ?? "no reason is given"
            throw JQError(.syntax, "not a jq program: \(first)")
        }
    }

    deinit {
        var state: OpaquePointer? = state
        jq_teardown(&state)
    }

    /// The one value that the program makes of this JSON text, as JSON text; nil where it makes none.
    package func evaluate(_ json: UnsafeBufferPointer<UInt8>) throws(JQError) -> [UInt8]? {
        let input = json.withMemoryRebound(to: CChar.self) { jv_parse_sized($0.baseAddress, Int32(clamping: $0.count)) }
        guard jv_get_kind(input) != JV_KIND_INVALID else {
            jv_free(input)
            throw JQError(.failed, "the value cannot be read by jq")
        }
        JQWatch.shared.enter(state)
        jq_start(state, input, 0)
        let first = jq_next(state)
        let isOnly = jv_get_kind(first) == JV_KIND_INVALID || Self.endsCleanly(state)
        let wasHalted = JQWatch.shared.leave(state)
        if wasHalted {
            jv_free(first)
            throw JQError(.unbounded, "the jq program runs for more than \(Self.timeLimit)")
        }
        guard jv_get_kind(first) != JV_KIND_INVALID else { return try Self.nothing(first) }
        guard isOnly else {
            jv_free(first)
            throw JQError(.failed, "the jq program gives more than one value; collect them with [ ] or take first(…)")
        }
        let text = jv_dump_string(first, 0)
        defer { jv_free(text) }
        let count = Int(jv_string_length_bytes(jv_copy(text)))
        guard count <= Self.maximumBytes else {
            throw JQError(.unbounded, "the jq program gives \(count) bytes; at most \(Self.maximumBytes) are taken")
        }
        guard let bytes = jv_string_value(text) else { return nil }
        return UnsafeBufferPointer(start: bytes, count: count).map { UInt8(bitPattern: $0) }
    }

    /// Whether no second value comes.
    private static func endsCleanly(_ state: OpaquePointer) -> Bool {
        let second = jq_next(state)
        defer { jv_free(second) }
        return jv_get_kind(second) == JV_KIND_INVALID
    }

    /// No value: none at all, or an error.
    private static func nothing(_ value: jv) throws(JQError) -> [UInt8]? {
        guard jv_invalid_has_msg(jv_copy(value)) != 0 else {
            jv_free(value)
            return nil
        }
        let message = jv_invalid_get_msg(value)
        defer { jv_free(message) }
        guard jv_get_kind(message) == JV_KIND_STRING, let text = jv_string_value(message) else {
            throw JQError(.failed, "the jq program stopped with an error")
        }
        throw JQError(.failed, "jq: \(String(cString: text).prefix(200))")
    }
}

/// What libjq says while it compiles.
private final class Complaints {
    var lines: [String] = []

    static let hear: @convention(c) (UnsafeMutableRawPointer?, jv) -> Void = { context, message in
        defer { jv_free(message) }
        guard let context, jv_get_kind(message) == JV_KIND_STRING, let text = jv_string_value(message) else { return }
        let complaints = Unmanaged<Complaints>.fromOpaque(context).takeUnretainedValue()
        let line = String(cString: text).split(separator: "\n").first.map(String.init) ?? ""
        complaints.lines.append(
            line.replacing("jq: error: ", with: "").replacing("(Unix shell quoting issues?) ", with: ""))
    }
}
