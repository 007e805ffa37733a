internal import JSON
internal import Mappings
internal import Schemas

/// Describes one route as an operation.
struct OpenAPIOperation {
    let route: RouteMapping
    let endpoint: HTTPEndpoint
    /// Names of the path's parameters, which may be another route's.
    let parameterNames: [String]
    let definitions: DefinitionSchemas
    private(set) var components: [JSONValue.Member] = []

    init(
        route: RouteMapping, endpoint: HTTPEndpoint, parameterNames: [String], definitions: DefinitionSchemas
    ) {
        self.route = route
        self.endpoint = endpoint
        self.parameterNames = parameterNames
        self.definitions = definitions
    }

    /// The file's name, without folder and ending.
    var tag: String {
        let name = route.file.split(separator: "/").last.map { String($0) } ?? route.file
        return name.split(separator: ".").first.map { String($0) } ?? name
    }

    mutating func json() -> JSONValue {
        let form = RequestForm(of: route, endpoint: endpoint, definitions: definitions)
        components = form.components
        var operation: JSONValue = ["operationId": .text(route.name), "tags": [.text(tag)]]
        if let description = route.description, !description.isEmpty { operation["description"] = .text(description) }
        let parameters = self.parameters(form)
        if !parameters.isEmpty { operation["parameters"] = .list(parameters) }
        if let body = form.body { operation["requestBody"] = requestBody(body, isRequired: form.isBodyRequired) }
        if let access = endpoint.access { operation["security"] = [.object([.init(access.name, [])])] }
        operation["responses"] = OpenAPIAnswers(route, endpoint, definitions).json
        return operation
    }

    // MARK: Parameters

    private func parameters(_ form: RequestForm) -> [JSONValue] {
        let own = endpoint.path.parameters
        var all: [JSONValue] = zip(parameterNames, own).map { shown, name in
            let schema = form.parameters.first { $0.name == name }?.schema ?? ["type": "string"]
            return ["name": .text(shown), "in": "path", "required": true, "schema": schema]
        }
        for parameter in form.parameters where !own.contains(parameter.name) {
            all.append(Self.parameter(parameter.name, "query", parameter.isRequired, parameter.schema))
        }
        if route.read?.list != nil {
            all.append(
                Self.parameter(
                    ReadShape.cursorParameter, "query", false, ["type": "string"],
                    "Where the list goes on: from the header Link of the answer before."))
        }
        if route.read != nil {
            all.append(
                Self.parameter(
                    "If-None-Match", "header", false, ["type": "string"],
                    "The ETag of an answer that is known: the same again is answered 304."))
        } else {
            all.append(
                Self.parameter(
                    "Idempotency-Key", "header", endpoint.idempotency == .required,
                    ["type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"],
                    "Unique to this request, and the same when it is repeated: it then counts once, and gets the same"
                        + " answer."))
        }
        if route.shapes.contains(where: { $0.depth == 0 && $0.storesRecords }) {
            all.append(
                Self.parameter(
                    "If-Match", "header", false, ["type": "string"],
                    "ETags of the record as it was read: another one is answered 412. `*`: there must be one."))
            all.append(
                Self.parameter(
                    "If-None-Match", "header", false, ["type": "string"],
                    "`*`: there must not be a record, or ETags that it must not have; else 412."))
        }
        for header in form.headers where !Self.unseen.contains(header.name) {
            all.append(Self.parameter(header.name, "header", header.isRequired, header.schema))
        }
        return all
    }

    /// Headers that OpenAPI describes in other ways, that mappings do not see, or that are described here already.
    private static let unseen: Set<String> = [
        "accept", "content-type", "authorization", "cookie", "proxy-authorization", "idempotency-key", "connection",
        "content-length", "transfer-encoding", "keep-alive", "upgrade", "te", "trailer", "expect", "if-match",
        "if-none-match",
    ]

    private static func parameter(
        _ name: String, _ place: String, _ isRequired: Bool, _ schema: JSONValue, _ description: String? = nil
    ) -> JSONValue {
        var parameter: JSONValue = ["name": .text(name), "in": .text(place)]
        if isRequired { parameter["required"] = true }
        if let description { parameter["description"] = .text(description) }
        parameter["schema"] = schema
        return parameter
    }

    // MARK: Body

    private func requestBody(_ schema: JSONValue, isRequired: Bool) -> JSONValue {
        var body: JSONValue = [:]
        if isRequired { body["required"] = true }
        let types = endpoint.contentTypes.isEmpty ? [usualType] : endpoint.contentTypes
        body["content"] = .object(types.map { .init($0, ["schema": schema]) })
        return body
    }

    private var usualType: String {
        switch endpoint.body {
        case .json, .none: "application/json"
        case .form: "application/x-www-form-urlencoded"
        case .text: "text/plain"
        }
    }
}
