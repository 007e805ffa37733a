package import BSON
internal import JSON

/// What a request is answered. Kept in the ledger, so that the same request gets the same answer again.
package struct RequestAnswer: Sendable, Equatable {
    /// Bytes of the largest body of an answer that is kept.
    package static let largestBody = 64 << 10

    /// HTTP status.
    package var status: Int
    package var headers: [RequestField]
    package var body: [UInt8]

    package init(status: Int, headers: [RequestField] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package init(status: Int, json body: [UInt8]) {
        self.init(
            status: status, headers: [RequestField(name: "content-type", value: "application/json; charset=utf-8")],
            body: body)
    }

    // MARK: Problems, by RFC 9457

    /// An error at one place of a request.
    package struct Fault: Sendable {
        /// JSON Pointer.
        package var pointer: String
        /// Of the reason, stable.
        package var code: String
        package var detail: String

        package init(pointer: String, code: String, detail: String) {
            self.pointer = pointer
            self.code = code
            self.detail = detail
        }
    }

    /// `detail`: a sentence with the remedy. `retryAfter`: in seconds.
    package static func problem(
        status: Int, detail: String, errors: [Fault] = [], retryAfter: Int? = nil, headers: [RequestField] = []
    ) -> RequestAnswer {
        var object = JSONObjectText()
        object.add("title", title(of: status))
        object.add("status", status)
        object.add("detail", detail)
        if !errors.isEmpty {
            object.add(
                "errors",
                objects: errors.map { error in
                    var one = JSONObjectText()
                    one.add("pointer", error.pointer)
                    one.add("code", error.code)
                    one.add("detail", error.detail)
                    return one.text
                })
        }
        var all = [RequestField(name: "content-type", value: "application/problem+json")] + headers
        if let retryAfter { all.append(RequestField(name: "retry-after", value: String(retryAfter))) }
        return RequestAnswer(status: status, headers: all, body: Array(object.text.utf8))
    }

    /// The words of RFC 9110 for a status.
    private static func title(of status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 503: "Service Unavailable"
        default: status < 500 ? "Request Refused" : "Internal Error"
        }
    }

    // MARK: In a row

    package init?(bson fields: BSONElements) {
        guard let status = fields.first(named: "status")?.integer.flatMap({ Int(exactly: $0) }) else { return nil }
        self.init(
            status: status,
            headers: Self.headers(fields.first(named: "headers")?.elements.map { $0.map { $0.text ?? "" } } ?? []),
            body: fields.first(named: "body")?.binary.map { Array($0) } ?? [])
    }

    package func append(to writer: inout BSONWriter) {
        writer.append("status", int64: Int64(status))
        writer.append(
            "headers",
            array: { inner in
                for (index, text) in headers.flatMap({ [$0.name, $0.value] }).enumerated() {
                    BSONWriter.withIndexName(index) { name in
                        Array(text.utf8).withUnsafeBufferPointer { inner.append(name, string: $0) }
                    }
                }
            })
        body.withUnsafeBytes { writer.append("body", binary: $0) }
    }

    /// Of names and values in turn.
    private static func headers(_ texts: [String]) -> [RequestField] {
        stride(from: 0, to: texts.count - 1, by: 2).map { RequestField(name: texts[$0], value: texts[$0 + 1]) }
    }
}
