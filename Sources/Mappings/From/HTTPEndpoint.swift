/// Requests that a route takes as messages: their method and path, and the terms on which they are taken.
package struct HTTPEndpoint: Sendable, Equatable {
    /// `GET` reads, the others may change something.
    package enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// How a body is read.
    package enum Body: String, Sendable, CaseIterable {
        case json, form, text, none
    }

    package enum Idempotency: String, Sendable, CaseIterable {
        case optional, required
    }

    /// The listener that is used without a name.
    package static let usualListener = "main"
    package static let usualBodyBytes = 1 << 20

    package var method: Method
    package var path: PathTemplate
    /// Name of its listener in the settings.
    package var listener: String
    package var body = Body.json
    /// Most bytes of a body.
    package var bodyBytes = Self.usualBodyBytes
    /// In lower case; empty for all.
    package var contentTypes: [String] = []
    package var idempotency = Idempotency.optional
    package var keepsDeadLetters = false
    /// Origins of other pages that may send requests; `*` for all.
    package var origins: [String] = []
    /// The directory whose files are served below the path; nil if its requests are messages, or read.
    package var files: String?
    /// Content-Security-Policy of its pages; nil: the usual one.
    package var pagePolicy: String?

    package init(method: Method, path: PathTemplate, listener: String = Self.usualListener) {
        self.method = method
        self.path = path
        self.listener = listener
    }

    /// Whether a listener may have this name: an environment variable must be able to say it.
    package static func isListener(_ name: some StringProtocol) -> Bool {
        guard let first = name.utf8.first, (97...122).contains(first), name.utf8.count <= 32 else { return false }
        return name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
    }

    /// Whether both take the same requests.
    func isSame(as other: HTTPEndpoint) -> Bool {
        listener == other.listener && method == other.method && (files == nil) == (other.files == nil)
            && path.isSame(as: other.path)
    }
}

/// A path of requests: segments, each a text or a parameter.
package struct PathTemplate: Sendable, Equatable {
    package enum Segment: Sendable, Hashable {
        case literal(String)
        /// Takes any segment that is not empty.
        case parameter(String)
    }

    package let text: String
    package let segments: [Segment]

    /// Why a text is not a path.
    package struct Problem: Error {
        package let message: String
    }

    /// Bytes of the longest path.
    private static let mostBytes = 1024

    package init(_ text: String) throws(Problem) {
        guard text.hasPrefix("/"), text.utf8.count <= Self.mostBytes else {
            throw Problem(message: "expected a path such as /tasks/{id}, beginning with '/'")
        }
        self.text = text
        var segments: [Segment] = []
        for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            // The path of the listener itself.
            if text == "/" { break }
            segments.append(try Self.segment(part))
        }
        let names = segments.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw Problem(message: "the parameter '{\(twice)}' is there twice; give one another name")
        }
        self.segments = segments
    }

    private static func segment(_ part: Substring) throws(Problem) -> Segment {
        if part.isEmpty { throw Problem(message: "a segment is empty; write one '/' between two, and none at the end") }
        if part.hasPrefix("{"), part.hasSuffix("}"), part.count > 2 {
            let name = String(part.dropFirst().dropLast())
            guard RouteName.isValid(name) else {
                throw Problem(message: "a parameter's name has 1 to 64 letters, digits, '-' or '_', found '{\(name)}'")
            }
            return .parameter(name)
        }
        guard part != ".", part != "..", part.utf8.allSatisfy({ isPlain($0) }) else {
            throw Problem(
                message:
                    "the segment '\(part.prefix(40))' has letters, digits and - . _ ~ only, or is a parameter {name}")
        }
        return .literal(String(part))
    }

    /// Whether a path writes the byte as it is.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~".utf8.contains(byte)
        }
    }

    /// Names of its parameters.
    package var parameters: [String] { segments.compactMap { if case .parameter(let name) = $0 { name } else { nil } } }

    /// Whether both take the same paths and neither goes before the other.
    package func isSame(as other: PathTemplate) -> Bool {
        segments.count == other.segments.count
            && zip(segments, other.segments).allSatisfy { own, others in
                switch (own, others) {
                case (.literal(let own), .literal(let others)): own == others
                case (.parameter, .parameter): true
                default: false
                }
            }
    }

    /// The values of its parameters, in order; nil where it does not take the path. `parts`: the path's segments, decoded.
    package func match(_ parts: [String]) -> [String]? {
        guard parts.count == segments.count else { return nil }
        var values: [String] = []
        for (segment, part) in zip(segments, parts) {
            switch segment {
            case .literal(let text): guard text == part else { return nil }
            case .parameter:
                guard !part.isEmpty else { return nil }
                values.append(part)
            }
        }
        return values
    }

    /// What follows it, with an empty segment for a directory; nil where the path is not at or below it. Without parameters.
    /// `parts`: as above.
    package func rest(of parts: [String]) -> [String]? {
        let isBelow =
            parts.count >= segments.count
            && zip(segments, parts).allSatisfy { segment, part in segment == .literal(part) }
        guard isBelow else { return nil }
        return parts.isEmpty ? [""] : Array(parts.dropFirst(segments.count))
    }

    /// Whether it takes the first path below another one, whatever its name is.
    func hidesNames(below other: PathTemplate) -> Bool {
        guard segments.count > other.segments.count, segments.starts(with: other.segments),
            case .parameter = segments[other.segments.count]
        else { return false }
        return true
    }

    /// Whether it goes before another one that takes the same path: its first differing segment is a literal.
    package func goesBefore(_ other: PathTemplate) -> Bool {
        for (own, others) in zip(segments, other.segments) {
            switch (own, others) {
            case (.literal, .parameter): return true
            case (.parameter, .literal): return false
            default: continue
            }
        }
        return false
    }
}
