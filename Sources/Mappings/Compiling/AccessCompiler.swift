internal import JSON
internal import Yams

/// Compiles `access:`, of requests and of sockets alike.
struct AccessCompiler {
    let reader: NodeReader

    func access(_ node: Node) -> EndpointAccess? {
        if node.scalar != nil { return name(node).map { EndpointAccess(name: $0) } }
        guard let options = reader.members(node, Language.access, what: "'access'"),
            let name = options["name"].flatMap({ self.name($0) })
        else { return nil }
        var access = EndpointAccess(name: name)
        if let node = options["claim"], let claim = reader.text(node, what: "claim") { access.claim = claim }
        if let node = options["principals"] {
            access.principals = reader.elements(node, what: "principals", allowsEmpty: false).compactMap {
                reader.text($0, what: "principals")
            }
        }
        return access
    }

    private func name(_ node: Node) -> String? {
        guard let name = reader.text(node, what: "access") else { return nil }
        guard HTTPEndpoint.isListener(name) else {
            reader.add(
                node, "access-name",
                "access: a name has a small letter, then small letters and digits, at most 32, found '\(name.prefix(60))'"
            )
            return nil
        }
        return name
    }

    /// Reports values that are the caller's name where nobody asks for it.
    func check(_ principals: ArraySlice<TextPosition>, of source: RouteSource?) {
        if source?.access != nil { return }
        for position in principals {
            reader.add(
                position, "no-access",
                "'delivery: principal' is who sent a request, and this route does not ask; give its source 'access:'")
        }
    }
}
