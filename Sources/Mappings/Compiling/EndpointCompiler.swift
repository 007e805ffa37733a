internal import JSON
internal import Yams

/// Compiles `http:`: the requests that a route takes.
struct EndpointCompiler {
    let reader: NodeReader
    let context: MappingContext

    func endpoint(_ node: Node) -> HTTPEndpoint? {
        guard let options = reader.members(node, Language.http, what: "'http'") else { return nil }
        let method = options["method"].flatMap {
            reader.word($0, of: HTTPEndpoint.Method.allCases.map(\.rawValue), what: "method")
        }
        .flatMap { HTTPEndpoint.Method(rawValue: $0) }
        let path = options["path"].flatMap { self.path($0) }
        let listener = options["listener"].map { self.listener($0) } ?? HTTPEndpoint.usualListener
        let body = options["body"].flatMap {
            reader.word($0, of: HTTPEndpoint.Body.allCases.map(\.rawValue), what: "body")
        }
        let bytes = options["bodyBytes"].flatMap { reader.integer($0, in: 1...(128 << 20), what: "bodyBytes") }
        let types = options["contentTypes"].map { self.contentTypes($0) }
        let idempotency = options["idempotency"].flatMap {
            reader.word($0, of: HTTPEndpoint.Idempotency.allCases.map(\.rawValue), what: "idempotency")
        }
        let letters = options["deadLetters"].flatMap { reader.bool($0, what: "deadLetters") }
        let origins = options["cors"].map { self.origins($0) }
        let policy = options["contentSecurityPolicy"].flatMap { self.policy($0) }
        let files = options["files"].flatMap { self.files($0, options, path) }
        if options["method"] == nil, options["files"] == nil {
            reader.add(node, "missing-field", "'http' needs 'method:', or 'files:' for a directory")
        }
        guard options["files"] == nil || files != nil else { return nil }
        guard let method = files == nil ? method : .get, let path, let listener else { return nil }
        var endpoint = HTTPEndpoint(method: method, path: path, listener: listener)
        endpoint.files = files
        endpoint.pagePolicy = policy
        endpoint.body = body.flatMap { HTTPEndpoint.Body(rawValue: $0) } ?? .json
        endpoint.bodyBytes = bytes ?? HTTPEndpoint.usualBodyBytes
        endpoint.contentTypes = types ?? []
        endpoint.idempotency = idempotency.flatMap { HTTPEndpoint.Idempotency(rawValue: $0) } ?? .optional
        endpoint.keepsDeadLetters = letters ?? false
        endpoint.origins = origins ?? []
        if endpoint.body == .none {
            for name in ["bodyBytes", "contentTypes"] {
                guard let key = options.key(name) else { continue }
                reader.add(key, "misplaced-field", "'\(name):' speaks of a body, and with 'body: none' there is none")
            }
        }
        return endpoint
    }

    // MARK: Files

    /// The directory of files that are served below a path.
    private func files(_ node: Node, _ options: NodeReader.Members, _ path: PathTemplate?) -> String? {
        for name in ["method", "body", "bodyBytes", "contentTypes", "idempotency", "deadLetters"] {
            guard let key = options.key(name) else { continue }
            reader.add(
                key, "misplaced-field", "files are read by GET and HEAD, so with 'files:' there is no '\(name):'")
        }
        if let path, !path.parameters.isEmpty, let key = options["path"] {
            reader.add(
                key, "endpoint-path", "path: files are served below it by their names, so it has no parameters")
        }
        guard let directory = reader.text(node, what: "files") else { return nil }
        guard directory.split(separator: "/").contains(where: { $0 != "." }) else {
            reader.add(node, "files", "files: the mapping's own directory is not served; name one below it")
            return nil
        }
        switch context.directory(directory, reader.file) {
        case .success(let path): return path
        case .failure(let failure):
            reader.add(node, "files", "files: \(failure.message)")
            return nil
        }
    }

    private static let directives = [
        "base-uri", "child-src", "connect-src", "default-src", "font-src", "form-action", "frame-ancestors",
        "frame-src",
        "img-src", "manifest-src", "media-src", "object-src", "report-to", "report-uri", "require-trusted-types-for",
        "sandbox", "script-src", "script-src-attr", "script-src-elem", "style-src", "style-src-attr", "style-src-elem",
        "trusted-types", "upgrade-insecure-requests", "worker-src",
    ]

    private func policy(_ node: Node) -> String? {
        guard let text = reader.text(node, what: "contentSecurityPolicy") else { return nil }
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") }) else {
            reader.add(
                node, "page-policy",
                "contentSecurityPolicy: expected one policy of printable ASCII characters, its directives separated by ';'"
            )
            return nil
        }
        for part in text.split(separator: ";") {
            guard let name = part.split(separator: " ").first.map(String.init) else { continue }
            guard !Self.directives.contains(name.lowercased()) else { continue }
            let hint = Spelling.nearest(to: name, in: Self.directives).map { " (did you mean '\($0)'?)" } ?? ""
            reader.add(
                node, "page-policy",
                "contentSecurityPolicy: browsers know no directive '\(name.prefix(60))'\(hint); correct the name")
        }
        return text
    }

    func path(_ node: Node) -> PathTemplate? {
        guard let text = reader.text(node, what: "path") else { return nil }
        do throws(PathTemplate.Problem) {
            return try PathTemplate(text)
        } catch {
            reader.add(node, "endpoint-path", "path: \(error.message)")
            return nil
        }
    }

    func listener(_ node: Node) -> String? {
        guard let name = reader.text(node, what: "listener") else { return nil }
        guard HTTPEndpoint.isListener(name) else {
            reader.add(
                node, "listener-name",
                "a listener's name has a small letter, then small letters and digits, at most 32, found '\(name.prefix(60))'"
            )
            return nil
        }
        return name
    }

    private func contentTypes(_ node: Node) -> [String] {
        reader.elements(node, what: "contentTypes", allowsEmpty: false).compactMap { element in
            guard let text = reader.text(element, what: "contentTypes") else { return nil }
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), !text.contains(where: { "; ,*".contains($0) })
            else {
                reader.add(
                    element, "content-type",
                    "contentTypes: expected a type such as application/json, without parameters, found '\(text.prefix(60))'"
                )
                return nil
            }
            return text.lowercased()
        }
    }

    func origins(_ node: Node) -> [String] {
        reader.elements(node, what: "cors", allowsEmpty: false).compactMap { element in
            guard let text = reader.text(element, what: "cors") else { return nil }
            guard text == "*" || Self.isOrigin(text) else {
                reader.add(
                    element, "origin",
                    "cors: expected an origin such as https://shop.example:8443, without a path, or \"*\", found"
                        + " '\(text.prefix(60))'")
                return nil
            }
            return text
        }
    }

    private static func isOrigin(_ text: String) -> Bool {
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return false }
        let host = text.dropFirst(scheme.count)
        return !host.isEmpty && !host.contains { "/?#@* ".contains($0) } && host == host.lowercased()
    }

    /// What a route's source and its other keys say together.
    func check(_ source: RouteSource, _ members: NodeReader.Members, _ takesAll: Bool) {
        guard case .http = source else {
            if let key = members.key("respond") {
                reader.add(
                    key, "misplaced-field", "'respond:' goes with 'from: { http: … }'; a message is not answered")
            }
            return
        }
        if takesAll, let key = members.key("match") {
            reader.add(
                key, "misplaced-field",
                "a request has one answer, so one case maps it; leave 'match: all' out, or give its target further records"
            )
        }
    }
}
