internal import CJq

/// A compiled libjq program, in a worker.
final class JQState {
    private let state: OpaquePointer
    private let complaints = Complaints()

    init(_ text: String) throws(JQError) {
        guard let state = jq_init() else { throw JQError(.failed, "not enough memory for a jq program") }
        self.state = state
        // From here on deinit runs. No library path is searched.
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

    /// Runs the program on a JSON text and returns its single result; nil if there is none.
    func evaluate(_ json: [UInt8]) throws(JQError) -> [UInt8]? {
        let input = json.withUnsafeBytes { bytes in
            jv_parse_sized(bytes.assumingMemoryBound(to: CChar.self).baseAddress, Int32(clamping: bytes.count))
        }
        guard jv_get_kind(input) != JV_KIND_INVALID else {
            jv_free(input)
            throw JQError(.failed, "the value cannot be read by jq")
        }
        jq_start(state, input, 0)
        let first = jq_next(state)
        guard jv_get_kind(first) != JV_KIND_INVALID else {
            if let error = Self.error(first) { throw error }
            return nil
        }
        let second = jq_next(state)
        guard jv_get_kind(second) == JV_KIND_INVALID else {
            jv_free(first)
            jv_free(second)
            throw JQError(.failed, "the jq program gives more than one value; collect them with [ ] or take first(…)")
        }
        // An error after the first value: the output is incomplete.
        if let error = Self.error(second) {
            jv_free(first)
            throw error
        }
        let text = jv_dump_string(first, 0)
        defer { jv_free(text) }
        let count = Int(jv_string_length_bytes(jv_copy(text)))
        guard count <= JQProgram.maximumBytes else {
            throw JQError(
                .unbounded, "the jq program gives \(count) bytes; at most \(JQProgram.maximumBytes) are taken")
        }
        guard let bytes = jv_string_value(text) else { return nil }
        return UnsafeRawBufferPointer(start: bytes, count: count).map { $0 }
    }

    /// The error of an invalid value; nil if there is none. Takes ownership.
    private static func error(_ value: jv) -> JQError? {
        guard jv_invalid_has_msg(jv_copy(value)) != 0 else {
            jv_free(value)
            return nil
        }
        let message = jv_invalid_get_msg(value)
        defer { jv_free(message) }
        guard jv_get_kind(message) == JV_KIND_STRING, let text = jv_string_value(message) else {
            return JQError(.failed, "the jq program stopped with an error")
        }
        return JQError(.failed, "jq: \(String(cString: text).prefix(200))")
    }
}

/// Collects libjq's compile errors.
private final class Complaints {
    var lines: [String] = []

    static let hear: @convention(c) (UnsafeMutableRawPointer?, jv) -> Void = { context, message in
        defer { jv_free(message) }
        guard let context, jv_get_kind(message) == JV_KIND_STRING, let text = jv_string_value(message) else { return }
        let complaints = Unmanaged<Complaints>.fromOpaque(context).takeUnretainedValue()
        let line = String(cString: text).split(separator: "\n").first.map(String.init) ?? ""
        let short = line.replacing("jq: error: ", with: "").replacing("(Unix shell quoting issues?) ", with: "")
            .replacing(" at <top-level>, line ", with: " in line ")
        complaints.lines.append(short.hasSuffix(":") ? String(short.dropLast()) : short)
    }
}
