internal import Contracts
internal import HTTPTypes

/// Pages of which origins may send requests and connect: those of the listener, and those that the route names.
enum WebOrigin {
    /// Why a page's request is not taken; nil if it is.
    static func refusal(_ head: HTTPRequest, _ origins: [String]) -> RequestAnswer? {
        guard let origin = head.headerFields[.origin], !allows(origin, origins), !isOwn(origin, head) else {
            return nil
        }
        return .problem(
            status: 403,
            detail:
                "requests of pages from \(origin.prefix(200)) are not taken; name that origin in 'cors:' of the route"
        )
    }

    /// Headers by which a browser shares the answer with the page; none if it need not, or must not.
    static func shared(_ head: HTTPRequest, _ origins: [String]) -> [RequestField] {
        guard let origin = head.headerFields[.origin], allows(origin, origins) else { return [] }
        return [
            .init(name: "access-control-allow-origin", value: origin),
            .init(name: "access-control-expose-headers", value: "location, retry-after, etag"),
            .init(name: "vary", value: "Origin"),
        ]
    }

    private static func allows(_ origin: String, _ origins: [String]) -> Bool {
        origins.contains("*") || origins.contains(origin)
    }

    /// Whether the page is of this listener.
    private static func isOwn(_ origin: String, _ head: HTTPRequest) -> Bool {
        guard let host = head.authority else { return false }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }
}
