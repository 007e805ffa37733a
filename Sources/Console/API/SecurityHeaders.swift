internal import HTTPTypes
internal import Hummingbird

/// Adds security headers to every response: own content only, no framing, no MIME sniffing. Converts errors to JSON
/// with a remedy.
struct SecurityHeaders: RouterMiddleware {
    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    let allowed: AllowedMethods

    func handle(
        _ request: Request, context: ConsoleContext,
        next: (Request, ConsoleContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch let problem as ConsoleProblem {
            response = Reply.problem(problem)
        } catch let error as HTTPError where error.status == .notFound {
            response = unanswered(request)
        } catch let error as HTTPError {
            response = Reply.problem(
                ConsoleProblem(
                    status: error.status.code, code: "refused", error.body ?? "\(error.status)",
                    remedy: "docs/reference/http.md describes this address"))
        }
        response.headers[.contentSecurityPolicy] = Self.policy
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[Self.referrerPolicy] = "no-referrer"
        response.headers[Self.frameOptions] = "DENY"
        response.headers[Self.openerPolicy] = "same-origin"
        return response
    }

    /// The response for an unknown path or method.
    private func unanswered(_ request: Request) -> Response {
        let methods = allowed.methods(at: request.uri.path).map(\.rawValue).joined(separator: ", ")
        if methods.isEmpty {
            return Reply.problem(
                .notFound("there is nothing at this address", remedy: "docs/reference/http.md lists all addresses"))
        }
        var response = Reply.problem(
            ConsoleProblem(
                status: 405, code: "methodNotAllowed",
                "this address does not take \(request.method.rawValue.prefix(20))",
                remedy: "it takes \(methods)"))
        response.headers[.allow] = methods
        return response
    }

    private static let referrerPolicy = name("Referrer-Policy")
    private static let frameOptions = name("X-Frame-Options")
    private static let openerPolicy = name("Cross-Origin-Opener-Policy")

    private static func name(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("'\(text)' is not a header name") }
        return name
    }
}
