internal import JSON
internal import Mappings
internal import Schemas

/// Describes all answers of one route.
struct OpenAPIAnswers {
    /// An answer with one status, which may come for several reasons.
    private struct Answer {
        var texts: [String] = []
        var content: [(type: String, schemas: [JSONValue])] = []
        var headers: [JSONValue.Member] = []
        /// The shared answer that it is, and nothing else.
        var shared: String?
    }

    private static let json = "application/json"
    private static let problem = "application/problem+json"

    private let route: RouteMapping
    private let endpoint: HTTPEndpoint
    private let definitions: DefinitionSchemas
    private var answers: [Int: Answer] = [:]

    init(_ route: RouteMapping, _ endpoint: HTTPEndpoint, _ definitions: DefinitionSchemas) {
        self.route = route
        self.endpoint = endpoint
        self.definitions = definitions
        if let read = route.read { addRead(read) } else { addOutcomes() }
        addDoor()
    }

    // MARK: Reading

    private mutating func addRead(_ read: ReadShape) {
        let one = read.document.schema(of: definitions.definition(ofCollection: read.collection))
        let schema: JSONValue
        if read.template != nil {
            schema = ["type": "string"]
        } else if let list = read.list {
            schema = ["type": "array", "items": one, "maxItems": .number(String(list.limit))]
        } else {
            schema = one
        }
        add(
            200, read.list == nil ? "The record." : "The records, in order.",
            read.template?.mediaType ?? Self.json, schema)
        add(304, "The answer that is known, by its ETag.")
        for status in [200, 304] {
            answers[status]?.headers.append(Self.header("ETag", "Of the contents."))
            if read.list != nil {
                answers[status]?.headers.append(
                    Self.header("Link", "Where the next records are (rel=\"next\"), if there are more."))
            }
        }
        if read.list == nil { share(404) }
        share(400)
        share(500)
    }

    // MARK: Outcomes

    private var takesLists: Bool { route.shapes.contains { $0.depth > 0 } }
    private var storesRecords: Bool { route.shapes.contains(where: \.storesRecords) }

    private var operations: Set<String> { Set(route.shapes.flatMap(\.operations)) }

    private mutating func addOutcomes() {
        if takesLists {
            add(200, "What came of the items.", Self.json, OpenAPISchemas.result)
            add(422, "All items were rejected.", Self.json, OpenAPISchemas.result)
        }
        if route.shapes.contains(where: { $0.depth == 0 }) { addOneItem() }
        if route.ignoresOthers { add(202, "It was let go, and changed nothing.") }
        addRejections()
    }

    private mutating func addOneItem() {
        let alone = route.shapes.filter { $0.depth == 0 }
        let possible: [String: [String]] = [
            "I": ["inserted", "unchanged"], "U": ["updated", "unchanged"], "D": ["deleted", "absent"],
            "IU": ["inserted", "updated", "unchanged"],
        ]
        var outcomes: [(word: String, isStored: Bool)] = []
        for shape in alone {
            for word in shape.operations.flatMap({ possible[$0] ?? [] }) {
                guard !outcomes.contains(where: { $0 == (word, shape.storesRecords) }) else { continue }
                outcomes.append((word, shape.storesRecords))
            }
        }
        for (word, isStored) in outcomes { add(outcome: word, isStored: isStored) }
        // Without an item there is nothing but the result.
        if alone.contains(where: \.leavesItemsOut) {
            add(200, "The item was left out, and changed nothing.", Self.json, OpenAPISchemas.result)
        }
    }

    private mutating func add(outcome word: String, isStored: Bool) {
        let form = route.form(ofOutcome: word, definitions: definitions)
        let status =
            form?.status
            ?? (isStored ? ["inserted": 201, "deleted": 204, "absent": 204][word] ?? 200 : 202)
        add(
            status, isStored ? "The record was \(word)." : "It was taken.", form,
            usual: (Self.json, OpenAPISchemas.result))
        if word == "inserted", route.answers.hasLocation, form?.headers.contains("location") != true {
            addHeaders([Self.header("Location", "Where the record can be read.")], to: status)
        }
    }

    /// What can be wrong, and the status that says so.
    private mutating func addRejections() {
        var codes = [
            "notEnvelope", "tooDeep", "companyNotAllowed", "unknownCatalog", "invalidOperation", "schema",
            "reservedField", "duplicateField", "mappingFailed", "tooLarge", "messageIdReuse",
        ]
        if endpoint.body == .json { codes.append("notJson") }
        if storesRecords, !takesLists {
            codes += ["storeRefused", "preconditionFailed"]
            if operations.contains("I") { codes.append("alreadyExists") }
            if operations.contains("U") { codes.append("notFound") }
            if route.shapes.contains(where: { $0.storedCondition != nil }) { codes.append("guard") }
        }
        for code in codes {
            let status = Self.status(of: code)
            guard let form = route.form(ofReason: code, definitions: definitions) else {
                share(status)
                continue
            }
            let text = "Rejected: \(code)."
            add(form.status ?? status, text, form, usual: (Self.problem, OpenAPISchemas.problem))
            // Where the answer cannot be made, it is the usual one.
            if case .usual = form.body { continue }
            add(form.status ?? status, text, Self.problem, OpenAPISchemas.problem)
        }
        // Errors of a request before any mapping sees it.
        share(400)
    }

    private static func status(of code: String) -> Int {
        switch code {
        case "notFound": 404
        case "alreadyExists", "storeRefused", "guard": 409
        case "preconditionFailed": 412
        case "messageIdReuse": 422
        case "tooLarge": 413
        default: 400
        }
    }

    // MARK: Before a route sees it

    private mutating func addDoor() {
        if !endpoint.origins.contains("*") || endpoint.access?.principals.isEmpty == false { share(403) }
        if endpoint.access != nil { share(401) }
        // Wrong tokens are counted too.
        if endpoint.access != nil || endpoint.rate != nil { share(429) }
        share(414)
        share(503)
        guard route.read == nil else { return }
        share(408)
        share(413)
        share(415)
    }

    // MARK: Making them

    private mutating func add(
        _ status: Int, _ text: String, _ form: AnswerForm?, usual: (type: String, schema: JSONValue)
    ) {
        switch form?.body {
        case .some(.none): add(status, text)
        case .text(let schema): add(status, text, "text/plain", schema)
        case .json(let schema): add(status, text, Self.json, schema)
        case .page(let type): add(status, text, type, ["type": "string"])
        case .usual, nil: add(status, text, usual.type, usual.schema)
        }
        addHeaders((form?.headers ?? []).filter { $0 != "content-type" }.map { Self.header($0, nil) }, to: status)
    }

    private mutating func add(_ status: Int, _ text: String, _ type: String? = nil, _ schema: JSONValue? = nil) {
        var answer = answers[status] ?? Answer()
        answer.shared = nil
        if !answer.texts.contains(text) { answer.texts.append(text) }
        // Such an answer has no body.
        if let type, let schema, ![204, 304].contains(status) {
            if let index = answer.content.firstIndex(where: { $0.type == type }) {
                if !answer.content[index].schemas.contains(schema) { answer.content[index].schemas.append(schema) }
            } else {
                answer.content.append((type, [schema]))
            }
        }
        answers[status] = answer
    }

    /// A problem that says what every problem with its status says.
    private mutating func share(_ status: Int) {
        guard let shared = Self.shared.first(where: { $0.status == status }) else { return }
        let isNew = answers[status] == nil
        add(status, shared.text, Self.problem, OpenAPISchemas.problem)
        addHeaders(shared.headers, to: status)
        if isNew || answers[status]?.texts == [shared.text] { answers[status]?.shared = shared.name }
    }

    private mutating func addHeaders(_ headers: [JSONValue.Member], to status: Int) {
        for header in headers
        where answers[status]?.headers.contains(where: { $0.name.lowercased() == header.name.lowercased() }) == false {
            answers[status]?.headers.append(header)
        }
    }

    private static func header(_ name: String, _ text: String?) -> JSONValue.Member {
        var header: JSONValue = [:]
        if let text { header["description"] = .text(text) }
        header["schema"] = ["type": "string"]
        return .init(name, header)
    }

    var json: JSONValue {
        .object(
            answers.keys.sorted().map { status in
                let answer = answers[status] ?? Answer()
                return .init(
                    String(status),
                    answer.shared.map { ["$ref": .text("#/components/responses/\($0)")] } ?? Self.json(answer))
            })
    }

    private static func json(_ answer: Answer) -> JSONValue {
        var json: JSONValue = ["description": .text(answer.texts.joined(separator: " "))]
        if !answer.headers.isEmpty { json["headers"] = .object(answer.headers) }
        if !answer.content.isEmpty {
            json["content"] = .object(
                answer.content.map { type, schemas in
                    .init(type, ["schema": schemas.count == 1 ? schemas[0] : ["anyOf": .list(schemas)]])
                })
        }
        return json
    }

    // MARK: Shared ones

    private typealias Shared = (status: Int, name: String, text: String, headers: [JSONValue.Member])

    private static let shared: [Shared] = [
        (400, "BadRequest", "The request has errors, which say where.", []),
        (
            401, "Unauthorized", "The caller is not known; send a token.",
            [header("WWW-Authenticate", "Bearer, with what is missing.")]
        ),
        (403, "Forbidden", "The caller, or a page of that origin, may not send requests.", []),
        (404, "NotFound", "There is no such record.", []),
        (408, "RequestTimeout", "The body did not come in time.", []),
        (409, "Conflict", "The record does not allow it: it exists already, or the store refuses it.", []),
        (412, "PreconditionFailed", "The record is not as If-Match or If-None-Match says.", []),
        (413, "ContentTooLarge", "The body, or what would be answered, is too large.", []),
        (414, "AddressTooLong", "The address is too long.", []),
        (
            415, "UnsupportedMediaType", "The body has a content type or encoding that is not taken.",
            [header("Accept", "The types that are taken.")]
        ),
        (422, "KeyReuse", "The Idempotency-Key belongs to another request.", []),
        (
            429, "TooManyRequests", "The caller has sent too many requests; wait.",
            [header("Retry-After", "Seconds.")]
        ),
        (500, "InternalError", "A record cannot be shown.", []),
        (
            503, "Unavailable",
            "Nothing was taken, or whether it was is not known: the detail says which. Send it again.",
            [header("Retry-After", "Seconds.")]
        ),
    ]

    /// Answers that operations refer to.
    static let components: [JSONValue.Member] = shared.map { one in
        let answer = Answer(
            texts: [one.text], content: [(problem, [OpenAPISchemas.problem])], headers: one.headers, shared: nil)
        return .init(one.name, json(answer))
    }
}
