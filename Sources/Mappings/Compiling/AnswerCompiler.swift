internal import JSON
internal import Yams

/// Compiles `respond:`: the answers of a route's requests.
struct AnswerCompiler {
    let reader: NodeReader
    let context: MappingContext
    /// Of the items that are answered.
    let item: TemplateCompiler.Members

    func table(_ node: Node) -> AnswerTable? {
        guard let members = reader.members(node, Language.respond, what: "'respond'") else { return nil }
        if members.all.isEmpty {
            reader.add(
                node, "type", "respond: expected answers by outcome, such as inserted:; leave it out for the usual ones"
            )
        }
        var shapes: [String: AnswerShape] = [:]
        for (name, _, body) in members.all { shapes[name] = answer(body, of: name) }
        return AnswerTable(shapes)
    }

    private func answer(_ node: Node, of name: String) -> AnswerShape? {
        guard let members = reader.members(node, Language.answer, what: "respond, \(name)") else { return nil }
        var values = ValueCompiler(reader: reader, context: context, slots: nil, parents: 1)
        values.knowsStored = true
        let storedBefore = reader.storedPaths.count
        let status = members["status"].flatMap { reader.integer($0, in: 200...599, what: "status") }
        var headers = (members["headers"].map { reader.pairs($0, what: "headers") } ?? []).compactMap {
            name, key, node -> (name: String, value: any Expression)? in
            guard Self.isHeader(name) else {
                reader.add(
                    key, "header-name",
                    "headers: '\(name.prefix(60))' is not a header that an answer may set; those of the connection and of the body's length"
                        + " are the gateway's own")
                return nil
            }
            return values.value(node, what: "headers.\(name)", constants: true).map { (name.lowercased(), $0) }
        }
        let hasTemplate = members["template"] != nil
        // Beside a template, 'body:' has its values.
        let bodies = members.all.filter {
            ["text", "redirect", "template"].contains($0.name) || $0.name == "body" && !hasTemplate
        }
        if bodies.count > 1 {
            reader.add(
                bodies[1].key, "misplaced-field",
                "'\(bodies[0].name):' and '\(bodies[1].name):' both say what the body is; keep one")
        }
        var body: AnswerShape.Body?
        var usualStatus: Int?
        if let (kind, _, value) = bodies.first {
            switch kind {
            case "text":
                body = values.value(value, what: "text", constants: true).map { .text($0) }
            case "redirect":
                if let place = values.value(value, what: "redirect", constants: true) {
                    headers.append(("location", place))
                }
                (body, usualStatus) = (AnswerShape.Body.none, 303)
            case "template":
                let fields = members["body"].map { self.fields($0, values) }
                let known = fields.map { fields in
                    Dictionary(fields.map { ($0.name, TemplateCompiler.Members(of: $0.value)) }) { first, _ in first }
                }
                body = TemplateCompiler(reader: reader, context: context)
                    .template(value, members: known.map { .named($0) } ?? item)
                    .map { .page($0, fields.map { ObjectValue($0) }) }
            default: body = .fields(ObjectValue(fields(value, values)))
            }
        }
        if let status = status ?? usualStatus, [204, 304].contains(status),
            bodies.contains(where: { $0.name != "redirect" })
        {
            reader.add(
                bodies[0].key, "misplaced-field", "an answer with the status \(status) has no body; leave it out")
        }
        return AnswerShape(
            status: status ?? usualStatus, usesStored: reader.storedPaths.count > storedBefore, headers: headers,
            body: body)
    }

    private func fields(_ node: Node, _ values: ValueCompiler) -> [(name: String, value: any Expression)] {
        reader.pairs(node, what: "body").compactMap { name, _, value in
            values.value(value, what: "body.\(name)").map { (name, $0) }
        }
    }

    private static let ownHeaders: Set<String> = [
        "connection", "content-length", "transfer-encoding", "date", "server", "upgrade", "keep-alive", "trailer",
    ]

    /// Whether it is a name of RFC 9110 that a mapping may set.
    private static func isHeader(_ name: String) -> Bool {
        let isToken = name.utf8.allSatisfy { byte in
            byte | 32 >= 97 && byte | 32 <= 122 || (48...57).contains(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
        return (1...255).contains(name.utf8.count) && isToken && !ownHeaders.contains(name.lowercased())
    }
}
