package import Contracts
package import NIOCore

/// A request with its body, as a route gets it.
package struct WebRequest: Sendable {
    package var facts: RequestFacts
    /// Names in lower case, in the order in which they came.
    package var headers: [RequestField]
    package var body: ByteBuffer
    /// Of a route with files: the segments below its path, decoded; the last one is empty if a directory is meant.
    package var file: [String]

    package init(facts: RequestFacts, headers: [RequestField], body: ByteBuffer, file: [String] = []) {
        self.facts = facts
        self.headers = headers
        self.body = body
        self.file = file
    }

    /// The values of a header, in order. `name`: in lower case.
    package func values(of name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }

    /// Headers that never become data: they open doors, or concern the connection.
    static let hiddenHeaders: Set<String> = [
        "authorization", "cookie", "proxy-authorization", "idempotency-key", "connection", "content-length",
        "transfer-encoding", "keep-alive", "upgrade", "te", "trailer", "expect",
    ]

    /// Those that a mapping sees.
    var visibleHeaders: [RequestField] { Self.visible(headers) }

    /// `headers`: with names in lower case.
    static func visible(_ headers: [RequestField]) -> [RequestField] {
        headers.filter { !hiddenHeaders.contains($0.name) }
    }

    /// Its content type without parameters, in lower case; nil without one.
    var mediaType: String? {
        values(of: "content-type").first.map { type in
            type.prefix { $0 != ";" }.trimmingSpaces.lowercased()
        }
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var text = drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
