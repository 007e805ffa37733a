internal import JSON

/// An error response: for people, with the remedy, and for programs.
package struct ConsoleProblem: Error, Sendable, Equatable {
    /// HTTP status.
    package let status: Int
    /// Machine-readable and stable.
    package let code: String
    /// What failed and where. Without secrets and payloads.
    package let message: String
    package let remedy: String
    /// `Retry-After` in seconds.
    package var retryAfter: Int?

    package init(status: Int, code: String, _ message: String, remedy: String, retryAfter: Int? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.remedy = remedy
        self.retryAfter = retryAfter
    }

    package static func notFound(_ message: String, remedy: String) -> Self {
        Self(status: 404, code: "notFound", message, remedy: remedy)
    }

    package static func invalid(_ message: String, remedy: String) -> Self {
        Self(status: 400, code: "invalid", message, remedy: remedy)
    }

    package static func conflict(_ message: String, remedy: String) -> Self {
        Self(status: 409, code: "conflict", message, remedy: remedy)
    }

    var text: String {
        var object = JSONObjectText()
        object.add("code", code)
        object.add("message", message)
        object.add("remedy", remedy)
        var whole = JSONObjectText()
        whole.add("error", raw: object.text)
        return whole.text
    }
}

extension ConsoleProblem {
    package static let messageGone = Self(
        status: 404, code: "notFound", "the message is no longer kept",
        remedy: "load the list again; refused messages are among the dead letters")
    static let loginNeeded = Self(
        status: 401, code: "loginNeeded", "this console requires a login",
        remedy: "log in at /, or send the header 'Authorization: Bearer TOKEN' with console.viewerToken's or"
            + " console.operatorToken's value")
    static let wrongToken = Self(
        status: 401, code: "wrongToken", "the token is none of this console's",
        remedy: "look up console.viewerToken or console.operatorToken where the gateway's settings are kept")
    static let foreignOrigin = Self(
        status: 403, code: "foreignOrigin", "the request comes from a page of another origin",
        remedy: "open the console itself; a proxy in front of it must forward the header Host")
    static let foreignHost = Self(
        status: 403, code: "foreignHost", "a console without tokens answers only requests to a loopback host name",
        remedy: "open it as http://127.0.0.1 or http://localhost, or set console.operatorToken")
    static let csrfMissing = Self(
        status: 403, code: "csrfMissing", "the header X-CSRF-Token is missing or not this session's",
        remedy: "load the page again; programs send the value 'csrf' of /api/session")
    static let viewerOnly = Self(
        status: 403, code: "viewerOnly", "a viewer cannot make changes",
        remedy: "log in with console.operatorToken's value"
    )

    static func tooManyFailures(seconds: Int) -> Self {
        Self(
            status: 429, code: "tooManyFailures", "too many wrong tokens from your address",
            remedy: "wait \(seconds) s and try again with the right one", retryAfter: seconds)
    }
}
