internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Builds HTTP responses.
enum Reply {
    static func json(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        bytes(ByteBuffer(string: text), type: "application/json; charset=utf-8", status: status)
    }

    static func text(_ text: String, type: String) -> Response { bytes(ByteBuffer(string: text), type: type) }

    static func bytes(_ bytes: ByteBuffer, type: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: bytes))
    }

    static func problem(_ problem: ConsoleProblem) -> Response {
        var response = json(problem.text, status: HTTPResponse.Status(code: problem.status))
        if let seconds = problem.retryAfter { response.headers[.retryAfter] = String(seconds) }
        if problem.status == 426 { response.headers[.upgrade] = "websocket" }
        if problem.status == 401 { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }
}
